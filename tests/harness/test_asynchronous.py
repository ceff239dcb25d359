"""Labs for asyncio: many at once, one call at a time each, and what cancelling does."""

from __future__ import annotations

import asyncio

import pytest

from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.asynchronous import AsyncCodeRunner, AsyncLab
from findbench.harness.sandbox import engine

FUNCTION = load_suite("smoke")["numeric/0000"]
LONG = "import time\nf(1.0)\ntime.sleep(3)\nreached = True"


async def until_queried(lab: AsyncLab, queries: int) -> None:
    while lab.queries < queries:
        await asyncio.sleep(0.01)


def test_two_labs_and_a_code_runner_work_at_the_same_time_and_leave_nothing() -> None:
    async def main() -> list[str | None]:
        async with (
            AsyncLab(FUNCTION, budget=10) as one,
            AsyncLab(FUNCTION, budget=10) as two,
            AsyncCodeRunner() as code,
        ):
            results = await asyncio.gather(one.run("f(1.0)\nprint(1)"), two.run("print(f.left)"), code.run("print(3)"))
            assert [result.stdout for result in results] == ["1\n", "10\n", "3\n"]
            assert (one.queries, one.remaining, one.queried) == (1, 9, [1.0])
            assert (await code.evaluate("def predict(x): return [x]", [2.0], output_kind="row")).outputs == [(2.0,)]
            return [one.container_id, two.container_id, code.container_id]

    for container in asyncio.run(main()):
        assert container is not None
        assert not engine.connect().api.containers(all=True, filters={"id": container})


def test_calls_of_one_lab_wait_for_each_other_in_order() -> None:
    async def main() -> None:
        async with AsyncLab(FUNCTION) as lab:
            await lab.run("seen = []")
            await asyncio.gather(*(lab.run(f"seen.append({number})") for number in range(10)))
            assert (await lab.run("print(seen)")).stdout == f"{list(range(10))}\n"

    asyncio.run(main())


def test_a_cancelled_call_goes_on_in_the_lab_and_one_that_waited_never_runs() -> None:
    async def main() -> None:
        async with AsyncLab(FUNCTION) as lab:
            running = asyncio.create_task(lab.run(LONG))
            await until_queried(lab, 1)
            waiting = asyncio.create_task(lab.run("f(2.0)"))
            await asyncio.sleep(0)
            for task in (waiting, running):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            result = await lab.run("print(reached)")
            assert (result.stdout, result.status) == ("True\n", "ok")
            assert lab.queried == [1.0]

    asyncio.run(main())


def test_leaving_ends_what_runs_at_once() -> None:
    async def main() -> None:
        async with AsyncLab(FUNCTION) as lab:
            running = asyncio.create_task(lab.run("import time\nf(1.0)\ntime.sleep(25)"))
            await until_queried(lab, 1)
        with pytest.raises(InfrastructureError, match=r"closed|gone"):
            await running
        assert lab.container_id is None

    asyncio.run(main())


def test_a_lab_that_cannot_start_leaves_no_thread_behind() -> None:
    async def main() -> None:
        with pytest.raises(Exception, match="has no runtime"):
            async with AsyncLab(FUNCTION, runtime="nonsense"):
                pass

    asyncio.run(main())
