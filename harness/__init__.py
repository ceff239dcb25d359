"""The host side: labs, oracles, interpreters, scoring, records and reports."""

from harness.lab import Lab, Limits, Result

__all__ = ["Lab", "Limits", "Result"]
