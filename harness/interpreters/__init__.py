"""Interpreters: what one is (`base`), which there are (`table`), and each of them in a module of its own."""
