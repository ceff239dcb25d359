"""Many episodes: what is missing runs, what broke is retried, a stop stops."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from run_help import IDS, VERSIONS, FakeLabs, Prober, config, record

from findbench.functions.suites.builtin import load_suite
from findbench.harness import episode
from findbench.harness.errors import (
    BudgetReached,
    Cancelled,
    EngineError,
    FatalModelError,
    InfrastructureError,
    ModelError,
)
from findbench.harness.interpreters.base import Interpreter, LabLike
from findbench.harness.lab.factory import LabFactory
from findbench.harness.records import Run
from findbench.harness.scheduler import Scheduler, pending
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.records import EpisodeRecord
from findbench.harness.schema.score import Score

MakeScheduler = Callable[..., Any]
FUNCTIONS = [load_suite("smoke")[id_] for id_ in IDS]


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []

    def started(self, key: str, attempt: int) -> None:
        self.lines.append(("started", key, attempt))

    def event(self, key: str, event: object) -> None:
        self.lines.append(("event", key))

    def retrying(self, key: str, error: Exception, attempt: int) -> None:
        self.lines.append(("retrying", key, attempt))

    def ended(self, record: EpisodeRecord) -> None:
        self.lines.append(("ended", record.key, record.status))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [line[1:] for line in self.lines if line[0] == kind]


@pytest.fixture(autouse=True)
def _scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(episode, "score_episode", lambda *_, **__: Score())


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[MakeScheduler]:
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        yield lambda interpreter=None, **rest: Scheduler(
            run,
            interpreter or Prober(),
            FakeLabs(),
            Log(),
            retry_seconds=(0.0,),
            **rest,
        )


def failing(*errors: Exception) -> Interpreter:
    """An interpreter that raises these in turn, then answers."""
    left = list(errors)

    class Failing:
        name = "failing"

        def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
            if left:
                raise left.pop(0)
            return Interpretation(description="done")

    return Failing()


def test_only_what_is_missing_runs(scheduler: MakeScheduler) -> None:
    player = scheduler(concurrency=2)
    player.directory.save(record(IDS[1]))
    tasks = pending(player.directory, FUNCTIONS)
    assert [task.function.id for task in tasks] == [IDS[0], IDS[2]]
    assert player.run(tasks) is None
    assert pending(player.directory, FUNCTIONS) == []
    assert sorted(player.observer.of("ended")) == [(IDS[0], "finished"), (IDS[2], "finished")]


def test_a_broken_lab_is_retried_and_then_scored_as_if_nothing_was(scheduler: MakeScheduler) -> None:
    player = scheduler(failing(InfrastructureError("gone"), EngineError("restarting")))
    player.run(pending(player.directory, FUNCTIONS))
    assert player.directory.load(IDS[0]).status == "finished"
    assert player.directory.load(IDS[0]).attempts == 3
    assert player.observer.of("retrying") == [(IDS[0], 1), (IDS[0], 2)]


def test_retries_are_bounded_recorded_unscored_and_run_again_on_resume(scheduler: MakeScheduler) -> None:
    player = scheduler(failing(*[InfrastructureError("gone")] * 3))
    player.run(pending(player.directory, FUNCTIONS))
    broken = player.directory.load(IDS[0])
    assert (broken.status, broken.score, broken.attempts) == ("infrastructure_error", None, 3)
    assert [event.type for event in broken.transcript] == ["attempt", "attempt"]
    assert [task.function.id for task in pending(player.directory, FUNCTIONS)] == [IDS[0]]
    again = scheduler()
    again.run(pending(again.directory, FUNCTIONS))
    assert again.directory.load(IDS[0]).status == "finished"


def test_a_model_error_ends_one_episode_and_the_run_goes_on(scheduler: MakeScheduler) -> None:
    player = scheduler(failing(ModelError("no reply")))
    player.run(pending(player.directory, FUNCTIONS))
    assert [player.directory.load(id_).status for id_ in IDS] == ["model_error", "finished", "finished"]
    assert pending(player.directory, FUNCTIONS) == []
    assert [task.function.id for task in pending(player.directory, FUNCTIONS, retry_failed=True)] == [IDS[0]]


@pytest.mark.parametrize("error", [FatalModelError("bad key"), EngineError("no engine")])
def test_what_no_episode_can_survive_stops_the_run_unrecorded(scheduler: MakeScheduler, error: Exception) -> None:
    player = scheduler(failing(*[error] * 3))
    with pytest.raises(type(error)):
        player.run(pending(player.directory, FUNCTIONS))
    assert len(pending(player.directory, FUNCTIONS)) == len(IDS)
    assert player.observer.of("ended") == []


def test_a_ceiling_starts_no_more_episodes_and_says_so(scheduler: MakeScheduler) -> None:
    done: list[int] = []

    def check() -> None:
        if done:
            raise BudgetReached("spent it all")
        done.append(1)

    player = scheduler(check=check)
    assert player.run(pending(player.directory, FUNCTIONS)) == "spent it all"
    assert len(player.observer.of("ended")) == 1
    assert len(pending(player.directory, FUNCTIONS)) == 2


def test_concurrency_runs_as_many_at_once(scheduler: MakeScheduler) -> None:
    together = threading.Barrier(3, timeout=60)

    class Meeting:
        name = "meeting"

        def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
            together.wait()  # passes only when all three are here
            return Interpretation(description="done")

    player = scheduler(Meeting(), concurrency=3)
    player.run(pending(player.directory, FUNCTIONS))
    assert [each.status for each in player.directory.records()] == ["finished"] * 3


def test_a_fatal_error_stops_the_other_running_episodes(scheduler: MakeScheduler) -> None:
    running = threading.Event()
    ended: list[type[BaseException]] = []

    class Mixed:
        name = "mixed"

        def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
            if not running.is_set():
                running.set()
                try:
                    while True:
                        lab.run("f(1)")
                except BaseException as error:
                    ended.append(type(error))
                    raise
            raise FatalModelError("bad key")

    player = scheduler(Mixed(), concurrency=2)
    with pytest.raises(FatalModelError):
        player.run(pending(player.directory, FUNCTIONS))
    assert ended == [Cancelled]
    assert player.directory.records() == []
    assert player.labs.stopped


def test_after_a_stop_no_lab_is_made() -> None:
    labs = LabFactory(Limits())
    labs.code_runner(seed=0)
    labs.stop()
    with pytest.raises(Cancelled):
        labs.code_runner(seed=0)
    with pytest.raises(Cancelled):
        labs.lab(FUNCTIONS[0], seed=0, budget=1)
