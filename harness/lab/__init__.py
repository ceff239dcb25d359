"""Labs: a container with a hidden function wired to `f`."""

from findbench.harness.lab.factory import LabFactory, LabSource
from findbench.harness.lab.lab import Lab

__all__ = ["Lab", "LabFactory", "LabSource"]
