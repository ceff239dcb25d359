"""A code runner: one sandbox without a function, where submitted or generated code is run and evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from findbench.harness.errors import InfrastructureError, UsageError
from findbench.harness.lab.base import Notebook
from findbench.harness.sandbox.container import DiedError, TooLateError
from findbench.harness.schema.result import Evaluation, Result, Value
from findbench.harness.seeds import derive
from findbench.sandbox_image import batches, kinds, wire

OUTPUT_BYTES = 64 << 20
"""Most bytes of packed outputs that one evaluation may return."""


class CodeRunner(Notebook):
    """Runs code that need not be trusted, without any `f`.

        with CodeRunner() as runner:
            print(runner.run("print(2 + 2)").stdout)
            print(runner.evaluate("def predict(x): return 2 * x", [1.0, 2.0]).outputs)

    `run` keeps variables from one call to the next; `evaluate` does not see them, and they are gone afterwards.
    """

    _forgotten = False
    """Whether variables of experiments were given up for an evaluation, and nobody was told yet."""

    @override
    def run(self, code: str, *, seconds: float | None = None) -> Result:
        result = super().run(code, seconds=seconds)
        if self._forgotten:
            self._forgotten = False
            result = replace(result, state_kept=False)
        return result

    def evaluate(
        self,
        code: str,
        inputs: Sequence[Value],
        *,
        output_kind: str | None = None,
        seconds: float | None = None,
    ) -> Evaluation:
        """Run submitted code (it defines `predict(x)` or `TABLE`) over `inputs`, 256 at a time, each in a new process.

        No process knows the inputs of another, and none can create anything that another would find (where the runtime
        holds that: see `docs/threat-model.md`). What the code does outside of `predict` is done by each of them.

        `inputs`: all numbers, all strings, or all rows of numbers (the code gets a list of floats for each).
        `output_kind`: `number`, `text` or `row`, if all outputs must be of one kind; otherwise numbers and texts count.
        `seconds`: limit for all inputs together, by default `limits.seconds`. Every call starts from the same state.
        What a process that died leaves unanswered is None; the status is that of the first that did not end well.
        Raises InfrastructureError when the sandbox broke, which is never a verdict on the code.
        """
        if output_kind is not None and output_kind not in kinds.KINDS:
            raise UsageError(f"no kind of output is named {output_kind!r}; there are {', '.join(kinds.KINDS)}")
        source = wire.encode_text(code)
        if len(source) > wire.MAX_CODE:
            return Evaluation([None] * len(inputs), "error", f"source of over {wire.MAX_CODE} bytes")
        given = kinds.KINDS[kinds.kind_of(inputs)]
        task = wire.Task(
            derive("evaluate", self.seed),
            self.limits.seconds if seconds is None else seconds,
            OUTPUT_BYTES,
            source,
            batches.pack_inputs(inputs, given),
            given.many,
            kinds.KINDS[output_kind].one if output_kind else 0,
        )
        with self._working:
            return self._evaluate(task, len(inputs), retried=False)

    def _evaluate(self, task: wire.Task, count: int, *, retried: bool) -> Evaluation:
        sandbox, closings = self._started(), self._closings
        if not sandbox.pristine:  # what experiments left there, submitted code could find
            self._drop()
            self._forgotten = True
            sandbox = self._started()
        try:
            outcome = sandbox.evaluate(task)
        except (DiedError, TooLateError) as failure:
            if self._closings != closings:
                raise InfrastructureError("the code runner was closed while code ran in it") from failure
            self._drop()
            if isinstance(failure, DiedError) and failure.oom:
                return Evaluation([None] * count, "memory")
            if not retried:  # from outside, or by the code (gVisor lets a process kill the first one): try and see
                return self._evaluate(task, count, retried=True)
            return Evaluation([None] * count, "timeout" if isinstance(failure, TooLateError) else "killed")
        except BaseException:
            self._drop()  # interrupted: what it answers later answers nothing that is asked
            raise
        outputs, status, error = batches.decode_outputs(outcome.output, count, task.output_kind)
        if status == "ok":
            status = outcome.status
        status = "error" if status == "ok" and error is not None else status
        return Evaluation(outputs, status, error)
