"""A lab: one sandbox with a hidden function wired to `f`. Code goes in; stdout, a status and counts come out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from findbench.functions.base import Function, Inputs, input_key
from findbench.harness.errors import InfrastructureError, UsageError
from findbench.harness.lab.oracle import Oracle
from findbench.harness.sandbox.container import DiedError, Sandbox, TooLateError
from findbench.harness.schema import DEFAULT_BUDGET, STATUSES, Evaluation, Limits, Result
from findbench.harness.seeds import derive
from findbench.sandbox_image import wire

MAX_REPLACEMENTS = 3
"""How many containers an episode may break (out of memory, a runner that hangs) before it counts as infrastructure."""
OUTPUT_BYTES = 64 << 20
"""Most bytes of packed outputs that one evaluation may return."""


class SandboxSource(Protocol):
    """Where a lab gets its sandbox from, when not by starting one: `findbench.harness.pool.Pool`."""

    def take(self) -> Sandbox:
        """A never-used sandbox, now the caller's to close."""


class Lab:
    """One episode's lab. A context manager: the container starts on entry (or first use) and is gone on exit.

        with Lab(function, budget=1000) as lab:
            print(lab.run("print(f(2))").stdout)

    `Lab(None)` has no `f`: it is where submitted code is evaluated.
    """

    def __init__(
        self,
        function: Function | None,
        *,
        budget: int = DEFAULT_BUDGET,
        limits: Limits | None = None,
        seed: int = 0,
        runtime: str = "runc",
        pool: SandboxSource | None = None,
    ) -> None:
        """`seed` is the episode's: noise, held-out draws and the experiments' generators derive from it."""
        if budget < 0:
            raise UsageError(f"budget {budget} is negative; give the number of queries an episode may make")
        self.limits = limits or Limits()
        self.runtime = runtime
        self.budget = budget
        self.seed = seed
        self.experiments = 0
        self._function = function
        self._pool = pool
        self._sandbox: Sandbox | None = None
        self._oracle: Oracle | None = None
        self._spent = 0
        self._queried: list[Inputs] = []
        self._replacements = 0

    # -- life

    def __enter__(self) -> Lab:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the container now instead of at the first experiment. Raises EngineError, InfrastructureError."""
        if self._sandbox is None:
            self._sandbox = self._new_sandbox()
            if self._function is not None:
                self._oracle = Oracle(
                    self._function,
                    self._sandbox.directory / "oracle",
                    budget=self.budget,
                    seed=self.seed,
                )
                self._oracle.queries, self._oracle.queried = self._spent, self._queried

    def _new_sandbox(self) -> Sandbox:
        if self._pool is not None:
            return self._pool.take()
        return Sandbox(self.limits, runtime=self.runtime, numpy=self._function is not None)

    def close(self) -> None:
        """End the container and the oracle. Safe to call twice."""
        oracle, self._oracle = self._oracle, None
        sandbox, self._sandbox = self._sandbox, None
        if oracle is not None:
            self._spent, self._queried = oracle.queries, oracle.queried
            oracle.close()
        if sandbox is not None:
            sandbox.close()

    # -- accounts

    @property
    def queries(self) -> int:
        """Queries made so far in this episode."""
        return self._oracle.queries if self._oracle is not None else self._spent

    @property
    def remaining(self) -> int:
        """Queries left in the budget."""
        return self.budget - self.queries

    @property
    def queried(self) -> list[Any]:
        """All inputs that were evaluated, in order."""
        batches = self._oracle.queried if self._oracle is not None else self._queried
        return [x for batch in list(batches) for x in input_key(batch)]

    @property
    def memory_bytes(self) -> int:
        """What the lab's container uses now, as the engine counts it (0 when it is not started)."""
        return self._sandbox.memory_bytes() if self._sandbox is not None else 0

    # -- work

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one experiment. Its failures are in the result; InfrastructureError when the sandbox itself broke.

        After an exception the state that the experiment had reached is kept, as in a notebook; after a timeout, a
        memory failure or a killed process the state is that before the experiment.
        """
        self.start()
        assert self._sandbox is not None
        seed = derive("experiment", self.seed, self.experiments)
        self.experiments += 1
        source = wire.encode_text(code)
        if len(source) > wire.MAX_CODE:
            return Result(f"SyntaxError: source of over {wire.MAX_CODE} bytes\n", "error", 0, 0.0)
        limit = self.limits.seconds if seconds is None else min(seconds, self.limits.seconds)
        task = wire.Task(seed, limit, self.limits.stdout_bytes, source)
        queries, start = self.queries, time.monotonic()
        try:
            outcome = self._sandbox.run(task)
        except (DiedError, TooLateError) as failure:
            outcome = self._replace(failure)
        if self._oracle is not None and self._oracle.fault is not None:
            fault = self._oracle.fault
            raise InfrastructureError(f"the hidden function itself failed: {type(fault).__name__}: {fault}") from fault
        stdout = outcome.data.decode("utf-8", "replace")
        if outcome.truncated:
            stdout += f"\n[stdout cut after {self.limits.stdout_bytes} bytes]\n"
        return Result(
            stdout=stdout,
            status=STATUSES[outcome.status],
            queries=self.queries - queries,
            seconds=time.monotonic() - start,
            truncated=outcome.truncated,
            state_kept=outcome.state_kept,
        )

    def _replace(self, failure: DiedError | TooLateError) -> wire.Outcome:
        """The experiment took its container down: go on in a new one, with the same accounts and no state."""
        self._replacements += 1
        if self._replacements > MAX_REPLACEMENTS:
            raise InfrastructureError(f"{self._replacements} containers of one episode ended") from failure
        status = "timeout" if isinstance(failure, TooLateError) else "memory" if failure.oom else "killed"
        self.close()
        self.start()
        return wire.Outcome(STATUSES.index(status), truncated=False, state_kept=False, data=b"")

    def evaluate(
        self, code: str, inputs: Sequence[float] | Sequence[str], *, seconds: float | None = None
    ) -> Evaluation:
        """Run submitted code (it defines `predict(x)` or `TABLE`) over `inputs`, in a process of its own.

        Only for a lab without a function. Every call starts from the same pristine state. Raises InfrastructureError
        when the sandbox broke, which is never a verdict on the code.
        """
        if self._function is not None:
            raise ValueError("submitted code is evaluated in a lab without a function: Lab(None)")
        return self._evaluate(code, inputs, seconds, retried=False)

    def _evaluate(
        self, code: str, inputs: Sequence[float] | Sequence[str], seconds: float | None, *, retried: bool
    ) -> Evaluation:
        self.start()
        assert self._sandbox is not None
        source = wire.encode_text(code)
        if len(source) > wire.MAX_CODE:
            return Evaluation([None] * len(inputs), "error", f"source of over {wire.MAX_CODE} bytes")
        if inputs and isinstance(inputs[0], str):
            data, kind = wire.encode_texts([str(x) for x in inputs]), wire.TEXTS
        else:
            data, kind = np.asarray(inputs, dtype="<f8").tobytes(), wire.ARRAY
        limit = self.limits.seconds if seconds is None else seconds
        task = wire.Task(derive("evaluate", self.seed), limit, OUTPUT_BYTES, source, data, kind)
        try:
            outcome = self._sandbox.evaluate(task)
        except (DiedError, TooLateError) as failure:
            self.close()
            if isinstance(failure, DiedError) and failure.oom:
                return Evaluation([None] * len(inputs), "memory")
            if not retried:  # from outside, or by the code (gVisor lets a process kill the first one): try and see
                return self._evaluate(code, inputs, seconds, retried=True)
            return Evaluation([None] * len(inputs), "timeout" if isinstance(failure, TooLateError) else "killed")
        outputs, error = wire.decode_outputs(outcome.data, len(inputs))
        return Evaluation(outputs, STATUSES[outcome.status], error)
