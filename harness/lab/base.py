"""What a lab and a code runner have in common: one sandbox at a time, started when it is needed, used by one thread."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from findbench.harness.errors import InfrastructureError, UsageError
from findbench.harness.sandbox.container import DiedError, Sandbox, TooLateError
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.result import Result, Status
from findbench.harness.seeds import derive
from findbench.sandbox_image import wire

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport

MAX_REPLACEMENTS = 3
"""How many containers of a lab are replaced when what ran in them broke them (out of memory, a runner that hangs)."""
LOST = (
    f"[the lab cannot be started again: {MAX_REPLACEMENTS + 1} times what ran in it broke it. No experiment runs any "
    "more; submit what was found.]\n"
)
"""What stands in stdout from then on."""


class SandboxSource(Protocol):
    """Where a lab gets its sandbox from, when not by starting one: `findbench.harness.sandbox.pool.Pool`."""

    def take(self) -> Sandbox:
        """A never-used sandbox, now the caller's to close."""


class Notebook:
    """Runs Python in a container, one piece after another with the variables of the earlier ones, as a notebook does.

    A context manager: the container starts on entry (or first use) and is gone on exit. Thread-safe: calls from several
    threads wait for each other, except `close`, which ends whatever runs.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        seed: int = 0,
        runtime: str = "runc",
        transport: Transport = "auto",
        pool: SandboxSource | None = None,
    ) -> None:
        """`seed`: the generators of everything that runs here start from it. `runtime`: a container runtime's name.

        `transport`: how bytes reach the container (`unix`, `stdio`, or `auto`: what works). `pool`: where started
        containers come from; its own limits, runtime and transport hold.
        """
        self.limits = limits or Limits()
        self.runtime = runtime
        self.transport = transport
        self.seed = seed
        self.experiments = 0
        self._pool = pool
        self._sandbox: Sandbox | None = None
        self._replacements = 0
        self._working = threading.Lock()
        self._life = threading.Lock()
        self._closings = 0

    # -- life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the container now instead of at the first use. Raises EngineError, InfrastructureError."""
        with self._working:
            if not self.lost:
                self._started()

    def close(self) -> None:
        """End the container. May be called twice, and from any thread: what runs then raises InfrastructureError."""
        with self._life:
            self._closings += 1
            sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()

    @property
    def lost(self) -> bool:
        """Whether what ran here broke so many containers that no other is started: nothing runs here any more."""
        return self._replacements > MAX_REPLACEMENTS

    @property
    def container_id(self) -> str | None:
        """What the engine calls the container now; None when none is started."""
        sandbox = self._sandbox
        return sandbox.container_id if sandbox is not None else None

    @property
    def memory_bytes(self) -> int:
        """What the container uses now, as the engine counts it (0 when none is started)."""
        sandbox = self._sandbox
        return sandbox.memory_bytes() if sandbox is not None else 0

    def _started(self) -> Sandbox:
        if self._sandbox is None:
            closings = self._closings
            sandbox = self._new_sandbox()
            try:
                self._prepare(sandbox)
            except BaseException:
                sandbox.close()
                raise
            with self._life:
                if self._closings == closings:
                    self._sandbox = sandbox
                    return sandbox
            sandbox.close()
            raise InfrastructureError("the lab was closed while it started")
        return self._sandbox

    def _new_sandbox(self) -> Sandbox:
        if self._pool is not None:
            return self._pool.take()
        return Sandbox(self.limits, runtime=self.runtime, numpy=self._wants_numpy, transport=self.transport)

    def _drop(self) -> None:
        """End the container only: the next use starts another."""
        with self._life:
            sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()

    # -- what differs

    _wants_numpy = False
    """Whether every task will want numpy, so that the container imports it while it starts."""
    _input_kind = 0
    """Kind of a frame with one input of `f`; 0 where there is no `f`."""

    def _prepare(self, sandbox: Sandbox) -> None:
        """Done to every new sandbox before its first task."""

    def _begin(self, sandbox: Sandbox) -> None:
        """Done before every experiment."""

    def _end(self) -> None:
        """Done after every experiment, before its queries are counted."""

    @property
    def queries(self) -> int:
        """Queries of `f` made so far."""
        return 0

    def _raise_fault(self) -> None:
        """Raise InfrastructureError when something of ours failed while code ran."""

    # -- work

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one piece of code. Its failures are in the result, also that it broke its container.

        `seconds`: its time limit, if it is to have less than `limits.seconds`; UsageError for more. After an exception
        the state that the code had reached is kept, as in a notebook; after a timeout, a memory failure or a killed
        process the state is that before it. A container that the code broke is replaced MAX_REPLACEMENTS times; from
        then on every result is `killed` and says so. Raises InfrastructureError and EngineError for what the code
        cannot have done: the container was removed from outside, the engine is gone, no other container starts.
        """
        limit = self._limit(seconds)
        source = wire.encode_text(code)
        with self._working:
            if self.lost:
                return Result(LOST, "killed", 0, 0.0, state_kept=False)
            sandbox, closings = self._started(), self._closings
            seed = derive("experiment", self.seed, self.experiments)
            self.experiments += 1
            if len(source) > wire.MAX_CODE:
                return Result(f"SyntaxError: source of over {wire.MAX_CODE} bytes\n", "error", 0, 0.0)
            most = self.limits.stdout_bytes, self.limits.stderr_bytes
            task = wire.Task(seed, limit, most[0], source, input_kind=self._input_kind, stderr_bytes=most[1])
            queries, start = self.queries, time.monotonic()
            try:
                self._begin(sandbox)
                outcome = sandbox.run(task)
            except (DiedError, TooLateError) as failure:
                if self._closings != closings:
                    raise InfrastructureError("the lab was closed while code ran in it") from failure
                outcome = self._replace(failure)
            except BaseException:
                self._drop()  # interrupted: what it answers later answers nothing that is asked
                raise
            finally:
                self._end()
            self._raise_fault()
            return Result(
                stdout=_text(outcome.output, outcome.truncated, f"stdout cut after {most[0]} bytes"),
                stderr=_text(outcome.stderr, outcome.stderr_truncated, f"stderr cut after {most[1]} bytes"),
                status=outcome.status,
                queries=self.queries - queries,
                seconds=time.monotonic() - start,
                truncated=outcome.truncated,
                state_kept=outcome.state_kept,
            )

    def _limit(self, seconds: float | None) -> float:
        if seconds is None:
            return self.limits.seconds
        if not 0 < seconds <= self.limits.seconds:
            raise UsageError(
                f"an experiment of {seconds:g} seconds is not within the limit of {self.limits.seconds:g}; "
                "give fewer seconds, or the lab Limits with more"
            )
        return seconds

    def _replace(self, failure: DiedError | TooLateError) -> wire.Outcome:
        """The code took its container down: go on in a new one, with the same accounts and no state, if it may.

        Whose fault it is cannot be told from inside or outside (a signal from the host looks like one from within), so
        it counts as the code's. One that the engine does not know any more was found out before.
        """
        self._replacements += 1
        status: Status = "timeout" if isinstance(failure, TooLateError) else "memory" if failure.oom else "killed"
        self._drop()
        if self.lost:
            return wire.Outcome(status, LOST.encode(), state_kept=False)
        self._started()
        return wire.Outcome(status, state_kept=False)


def _text(data: bytes, truncated: bool, note: str) -> str:
    text = data.decode("utf-8", "replace")
    return f"{text}\n[{note}]\n" if truncated else text
