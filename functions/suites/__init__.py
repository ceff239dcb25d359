"""Suites: named, seeded, checksummed sets of functions."""

from functions.suites.builtin import BUILTIN, Recipe, load_suite
from functions.suites.make import VERSION, make_suite
from functions.suites.suite import Suite

__all__ = ["BUILTIN", "VERSION", "Recipe", "Suite", "load_suite", "make_suite"]
