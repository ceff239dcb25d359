"""Package data: the built-in suites and the networks trained for them."""
