"""The host side: labs, oracles, interpreters, scoring, records and reports."""

from harness.lab import Evaluation, Lab, Result
from harness.limits import Limits

__all__ = ["Evaluation", "Lab", "Limits", "Result"]
