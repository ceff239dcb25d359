"""Labs and code runners for asyncio: the same objects, each with one thread of its own for what blocks.

Cancelling. A call that waits for its turn and is cancelled never runs. One that runs already goes on in the container
until it ends or meets its time limit: what it queries counts, its state stays, and the next call waits for it; only its
result is lost. Leaving `async with` (or `close`) ends the container, and whatever runs in it, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.schema.limits import DEFAULT_BUDGET

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.lab.base import Notebook
    from findbench.harness.schema.result import Evaluation, Result, Value

P = ParamSpec("P")
T = TypeVar("T")


class AsyncNotebook:
    """What `AsyncLab` and `AsyncCodeRunner` have in common. Calls of one object wait for each other, in order."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lab")

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *args, **kwargs))

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Start the container now instead of at the first use. Raises EngineError, InfrastructureError."""
        await self._call(self._notebook.start)

    async def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one piece of code and return its `Result`, as `Lab.run` does."""
        return await self._call(self._notebook.run, code, seconds=seconds)

    async def close(self) -> None:
        """End the container and its thread; what waits or runs raises. For good: it cannot be started again."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._notebook.close()
        self._thread.shutdown()

    @property
    def container_id(self) -> str | None:
        """What the engine calls the container now; None when none is started."""
        return self._notebook.container_id


class AsyncLab(AsyncNotebook):
    """`Lab` for asyncio.

    async with AsyncLab(function, budget=100) as lab:
        print((await lab.run("print(f(2))")).stdout)
    """

    def __init__(self, function: Function, *, budget: int = DEFAULT_BUDGET, **options: Any) -> None:
        """The arguments of `Lab`."""
        self._lab = Lab(function, budget=budget, **options)
        super().__init__(self._lab)

    @property
    def queries(self) -> int:
        """Queries made so far."""
        return self._lab.queries

    @property
    def remaining(self) -> int:
        """Queries left in the budget."""
        return self._lab.remaining

    @property
    def queried(self) -> list[Value]:
        """All inputs that were evaluated, in order."""
        return self._lab.queried


class AsyncCodeRunner(AsyncNotebook):
    """`CodeRunner` for asyncio."""

    def __init__(self, **options: Any) -> None:
        """The arguments of `CodeRunner`."""
        self._runner = CodeRunner(**options)
        super().__init__(self._runner)

    async def evaluate(
        self,
        code: str,
        inputs: Sequence[Value],
        *,
        output_kind: str | None = None,
        seconds: float | None = None,
    ) -> Evaluation:
        """Run submitted code over `inputs`, as `CodeRunner.evaluate` does."""
        return await self._call(self._runner.evaluate, code, inputs, output_kind=output_kind, seconds=seconds)
