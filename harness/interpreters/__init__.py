"""Interpreters: what one is (`base`), which there are (`table`), and each of them in a module of its own."""

from findbench.harness.interpreters.base import Interpreter, LabLike, Preflight
from findbench.harness.interpreters.table import INTERPRETERS, load_interpreter

__all__ = ["INTERPRETERS", "Interpreter", "LabLike", "Preflight", "load_interpreter"]
