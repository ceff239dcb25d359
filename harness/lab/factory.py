"""Where a run gets its labs: all with its limits, runtime and pool, and all closed when it is stopped."""

from __future__ import annotations

import threading
import weakref
from typing import Protocol

from findbench.functions.base import Function
from findbench.harness.errors import Cancelled
from findbench.harness.lab.lab import Lab, SandboxSource
from findbench.harness.schema import Limits


class LabSource(Protocol):
    """What an episode needs for its labs: a `LabFactory`, or a test's own."""

    def lab(self, function: Function, *, seed: int, budget: int) -> Lab:
        """A lab that has not started yet."""

    def code_runner(self, *, seed: int) -> Lab:
        """Where submitted code is evaluated: no `f`, not started yet."""

    def stop(self) -> None:
        """Close all that were made, and make no more. May be called again."""


class LabFactory:
    """Makes the labs of a run and knows those that are open."""

    def __init__(self, limits: Limits, *, runtime: str = "runc", pool: SandboxSource | None = None) -> None:
        self.limits, self.runtime, self.pool = limits, runtime, pool
        self._open: weakref.WeakSet[Lab] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._stopped = False

    def lab(self, function: Function, *, seed: int, budget: int) -> Lab:
        """A lab that has not started yet. Raises Cancelled after `stop`."""
        return self._add(
            Lab(function, budget=budget, limits=self.limits, seed=seed, runtime=self.runtime, pool=self.pool)
        )

    def code_runner(self, *, seed: int) -> Lab:
        """Where submitted code is evaluated: no `f`, not started yet. Raises Cancelled after `stop`."""
        return self._add(Lab(None, limits=self.limits, seed=seed, runtime=self.runtime, pool=self.pool))

    def _add(self, lab: Lab) -> Lab:
        with self._lock:
            if self._stopped:
                raise Cancelled
            self._open.add(lab)
            return lab

    def stop(self) -> None:
        """Close every lab, and make no more. May be called again."""
        with self._lock:
            self._stopped = True
            labs = list(self._open)
        for lab in labs:
            lab.close()
