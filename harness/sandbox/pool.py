"""A warm pool of never-used sandboxes, filled in the background, so that a lab is ready in milliseconds.

Only sandboxes that nobody has used are in it; what was taken never comes back.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING

from findbench.harness.errors import FindbenchError, InfrastructureError
from findbench.harness.sandbox.container import Sandbox
from findbench.harness.schema.limits import Limits

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport

CLOSERS = 4
"""Threads that destroy what is left; the engine takes its time for each container."""


class Pool:
    """Keeps up to `size` started sandboxes of one kind. A context manager; thread-safe."""

    def __init__(
        self,
        size: int,
        *,
        limits: Limits | None = None,
        runtime: str = "runc",
        transport: Transport = "auto",
        expected: int | None = None,
    ) -> None:
        """Start filling at once, in one background thread (starting containers in parallel gains little).

        `expected`: how many will be taken, if that is known: no more are started ahead of time.
        """
        self.size = size
        self.limits = limits or Limits()
        self.runtime = runtime
        self.transport = transport
        self._unstarted = expected
        self._starting = False
        self._ready: deque[Sandbox] = deque()
        self._failure: FindbenchError | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._filler = threading.Thread(target=self._fill, name="pool", daemon=True)
        self._filler.start()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._ready)

    def take(self) -> Sandbox:
        """A never-used sandbox, the caller's to close. Waits for the filler when the pool is empty.

        Beyond what was expected, it is started here. Raises what starting one raised, once; the next call tries again.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._failure or self._closed or self._exhausted)
            if self._ready:
                sandbox = self._ready.popleft()
                self._changed.notify_all()
                return sandbox
            failure, self._failure = self._failure, None
            self._changed.notify_all()
            if failure or self._closed:
                raise failure or InfrastructureError("the pool is closed")
        return self._new()

    def _new(self) -> Sandbox:
        return Sandbox(self.limits, runtime=self.runtime, transport=self.transport)

    @property
    def _exhausted(self) -> bool:
        return self._unstarted == 0 and not self._starting

    def wait_full(self) -> None:
        """Block until the pool is full (for benchmarks) or filling failed."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._ready) >= self.size or self._failure or self._closed or self._exhausted
            )

    def close(self) -> None:
        """Destroy what is left; returns when nothing of the pool runs any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._filler.join()
        with ThreadPoolExecutor(CLOSERS) as closers:
            while self._ready:
                closers.submit(self._ready.popleft().close)

    def _wanted(self) -> bool:
        return len(self._ready) < self.size and self._failure is None and self._unstarted != 0

    def _fill(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wanted())
                if self._closed:
                    return
                self._starting = True
            started: Sandbox | None = None
            failure: FindbenchError | None = None
            try:
                started = self._new()
            except FindbenchError as error:
                failure = error
            except Exception as error:  # whatever it is, who waits must hear of it
                failure = InfrastructureError(f"the pool could not start a lab: {type(error).__name__}: {error}")
            with self._changed:
                self._starting, self._failure = False, failure
                if started is not None:
                    self._ready.append(started)
                    if self._unstarted is not None:
                        self._unstarted -= 1
                self._changed.notify_all()
