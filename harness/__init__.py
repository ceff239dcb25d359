"""The host side: labs, oracles, interpreters, scoring, records and reports."""

from harness.lab import Evaluation, Lab, Result
from harness.limits import Limits
from harness.selfcheck import Check, self_check

__all__ = ["Check", "Evaluation", "Lab", "Limits", "Result", "self_check"]
