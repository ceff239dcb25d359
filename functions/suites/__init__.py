"""Suites: named, seeded, checksummed sets of functions."""

from findbench.functions.suites.builtin import BUILTIN, Recipe, load_suite
from findbench.functions.suites.make import VERSION, make_suite
from findbench.functions.suites.suite import Suite

__all__ = ["BUILTIN", "VERSION", "Recipe", "Suite", "load_suite", "make_suite"]
