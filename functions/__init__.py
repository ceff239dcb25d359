"""Hidden functions: specs, ground truth, descriptions, samplers, suites, audit. Imports nothing from `harness`."""

from functions.base import Function, Inputs, Outputs
from functions.suites import Suite, load_suite

__all__ = ["Function", "Inputs", "Outputs", "Suite", "load_suite"]
