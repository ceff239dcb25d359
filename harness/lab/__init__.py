"""Labs: a container with a hidden function wired to `f`; code runners: one without."""

from findbench.harness.lab.asynchronous import AsyncCodeRunner, AsyncLab
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.factory import LabFactory, LabSource
from findbench.harness.lab.lab import Lab

__all__ = ["AsyncCodeRunner", "AsyncLab", "CodeRunner", "Lab", "LabFactory", "LabSource"]
