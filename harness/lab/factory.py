"""Where a run gets its labs: all with its limits, runtime and pool, and all closed when it is stopped."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from findbench.harness.errors import Cancelled
from findbench.harness.lab.base import Notebook, SandboxSource
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.sandbox.backend import Transport
    from findbench.harness.schema.limits import Limits

N = TypeVar("N", bound=Notebook)


class LabSource(Protocol):
    """What an episode needs for its labs: a `LabFactory`, or a test's own."""

    def lab(self, function: Function, *, seed: int, budget: int) -> Lab:
        """A lab that has not started yet."""

    def code_runner(self, *, seed: int) -> CodeRunner:
        """Where submitted code is evaluated; not started yet."""

    def stop(self) -> None:
        """Close all that were made, and make no more. May be called again."""


class LabFactory:
    """Makes the labs of a run and knows those that are open."""

    def __init__(
        self,
        limits: Limits,
        *,
        runtime: str = "runc",
        transport: Transport = "auto",
        pool: SandboxSource | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            "limits": limits,
            "runtime": runtime,
            "transport": transport,
            "pool": pool,
        }
        self._open: weakref.WeakSet[Notebook] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._stopped = False

    def lab(self, function: Function, *, seed: int, budget: int) -> Lab:
        """A lab that has not started yet. Raises Cancelled after `stop`."""
        return self._add(Lab(function, budget=budget, seed=seed, **self._options))

    def code_runner(self, *, seed: int) -> CodeRunner:
        """Where submitted code is evaluated; not started yet. Raises Cancelled after `stop`."""
        return self._add(CodeRunner(seed=seed, **self._options))

    def _add(self, lab: N) -> N:
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
