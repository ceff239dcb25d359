"""Labs that break: what an episode broke itself is its own failure, and anything else costs it nothing and gives it
nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from run_help import SECRET, config, record

from findbench.functions.suites.builtin import load_suite
from findbench.harness.episode import Attempts, Episode, run_episode
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.base import LOST, MAX_REPLACEMENTS
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.factory import LabFactory
from findbench.harness.lab.lab import Lab
from findbench.harness.replay import replay
from findbench.harness.report.notes import remark
from findbench.harness.sandbox import engine
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.notes import AttemptNote, CustomNote, UsageNote
from findbench.harness.schema.records import EpisodeRecord
from findbench.harness.schema.usage import Usage

NOISY = next(f for f in load_suite("mini").values() if f.category == "numeric" and "noise" in f.tags)
CONFIG = config([NOISY.id], budget=20)
EPISODE = Episode(NOISY, 0, CONFIG, SECRET)


def kill(container: str) -> None:
    engine.connect().api.kill(container)


def remove(container: str) -> None:
    engine.connect().api.remove_container(container, force=True)


class Labs(LabFactory):
    """Knows the containers of the one episode, so that something can be done to them."""

    def __init__(self) -> None:
        super().__init__(Limits())
        self.made: list[Lab] = []
        self.runners: list[CodeRunner] = []

    def lab(self, *arguments: Any, **options: Any) -> Lab:
        self.made.append(super().lab(*arguments, **options))
        return self.made[-1]

    def code_runner(self, *, seed: int) -> CodeRunner:
        self.runners.append(super().code_runner(seed=seed))
        return self.runners[-1]

    def hurt(self, do: Callable[[str], None]) -> None:
        container = self.made[0].container_id
        assert container is not None
        do(container)


class Scripted:
    """Calls `play`, which gets the lab, the brief and the number of the attempt."""

    name = "scripted"

    def __init__(self, play: Callable[[Any, Brief, int], None]) -> None:
        self._play = play
        self.begun = 0

    def interpret(self, lab: Any, brief: Brief) -> Interpretation:
        self.begun += 1
        self._play(lab, brief, self.begun)
        return Interpretation(description="done", code=NOISY.reference_code)


def test_an_episode_that_breaks_every_lab_may_still_submit_and_is_scored() -> None:
    labs = Labs()
    seen = []

    def play(lab: Any, brief: Brief, attempt: int) -> None:
        for _ in range(MAX_REPLACEMENTS + 1):
            assert lab.run("print(f(1.0))").status == "ok"
            labs.hurt(kill)
            seen.append(lab.run("print(1)"))
        seen.append(lab.run("print(f(1.0))"))
        seen.append(lab.run("print(f(1.0))"))

    found = run_episode(EPISODE, Scripted(play), labs)
    assert [result.status for result in seen] == ["killed"] * len(seen)
    assert [result.stdout for result in seen] == [""] * MAX_REPLACEMENTS + [LOST] * 3
    assert not any(result.state_kept for result in seen)
    assert (found.status, found.attempts, found.queries) == ("finished", 1, MAX_REPLACEMENTS + 1)
    assert found.score is not None
    assert found.score.pass_
    assert found.experiments[-1].stdout == LOST
    assert LOST.isascii()
    assert labs.made[0].container_id is None


def test_a_lab_that_is_lost_starts_no_container_and_says_so() -> None:
    with Lab(NOISY) as lab:
        for _ in range(MAX_REPLACEMENTS + 1):
            assert not lab.lost
            assert lab.container_id is not None
            kill(lab.container_id)
            lab.run("print(1)")
        assert lab.lost
        lab.start()
        assert lab.container_id is None
        assert lab.run("print(1)").stdout == LOST


def removed_once(labs: Labs, told: list[Brief]) -> Scripted:
    """Three queries, then, in the first attempt, somebody removes the container under an experiment."""

    def play(lab: Any, brief: Brief, attempt: int) -> None:
        told.append(brief)
        lab.note(UsageNote(usage=Usage(calls=1, prompt_tokens=10), seconds=0.1))
        lab.run("import random\nprint(random.random(), *[f(1.0) for _ in range(3)], f.left)")
        if attempt == 1:
            labs.hurt(remove)
        lab.run("print(f(1.0))")

    return Scripted(play)


def broken_then_finished(scripted: Scripted, labs: Labs) -> EpisodeRecord:
    attempts = Attempts(EPISODE, scripted, labs)
    with pytest.raises(InfrastructureError, match="gone"):
        attempts.run()
    return attempts.run()


def test_an_attempt_goes_on_with_the_budget_the_noise_and_the_transcript_of_the_one_before() -> None:
    labs, told = Labs(), list[Brief]()
    found = broken_then_finished(removed_once(labs, told), labs)
    assert (found.status, found.attempts, found.queries, found.usage.calls) == ("finished", 2, 7, 2)
    assert [brief.budget for brief in told] == [20, 17]
    kinds = [event.type for event in found.transcript]
    assert kinds == ["usage", "experiment", "attempt", "usage", "experiment", "experiment"]
    note = found.transcript[2]
    assert isinstance(note, AttemptNote)
    assert (note.number, note.queries, note.experiments) == (2, 3, 2)
    assert "gone" in note.why
    assert "[attempt] number 2, " in remark(note)
    with Lab(NOISY, budget=20, seed=EPISODE.seed) as lab:
        expected = lab.run("print(*[f(1.0) for _ in range(7)])").stdout.split()
    values = [text for each in found.experiments for text in each.stdout.split()]
    assert [*values[1:4], *values[6:9], values[-1]] == expected
    assert [values[4], values[9]] == ["17", "14"]
    assert values[0] != values[5], "the seeds of experiments go on too"
    assert len(found.queried) == 7
    assert EpisodeRecord.model_validate_json(found.model_dump_json()) == found


def test_an_episode_of_two_attempts_replays() -> None:
    labs = Labs()
    found = broken_then_finished(removed_once(labs, []), labs)
    repeated = list(replay(found, NOISY, CONFIG))
    assert [each.number for each in repeated] == [1, 2, 3]
    assert [each.verdict for each in repeated] == ["identical"] * 3


def test_a_submission_is_not_asked_for_again_when_only_the_scoring_broke() -> None:
    labs = Labs()
    scripted = Scripted(lambda lab, brief, attempt: lab.run("print(f(1.0))"))
    attempts = Attempts(EPISODE, scripted, labs)
    real = labs.code_runner

    def broken(*, seed: int) -> CodeRunner:
        runner = real(seed=seed)
        runner.start()
        assert runner.container_id is not None
        remove(runner.container_id)
        return runner

    labs.code_runner = broken  # type: ignore[method-assign]  # this one time
    with pytest.raises(InfrastructureError, match="gone"):
        attempts.run()
    del labs.code_runner
    found = attempts.run()
    assert (found.status, found.attempts, found.queries, scripted.begun) == ("finished", 2, 1, 1)
    assert found.score is not None
    assert found.score.pass_


def test_an_episode_that_is_given_up_says_what_it_used() -> None:
    labs = Labs()

    def play(lab: Any, brief: Brief, attempt: int) -> None:
        lab.note(CustomNote(kind="plan"))
        lab.run("print(f(1.0))")
        labs.hurt(remove)
        lab.run("print(f(1.0))")

    attempts = Attempts(EPISODE, Scripted(play), labs)
    for _ in range(2):
        with pytest.raises(InfrastructureError, match="gone"):
            attempts.run()
    found = attempts.give_up()
    assert (found.status, found.score, found.interpretation) == ("infrastructure_error", None, None)
    assert (found.attempts, found.queries, len(found.experiments)) == (2, 2, 2)
    assert found.error is not None
    assert "gone" in found.error
    assert [event.type for event in found.transcript] == ["note", "experiment", "attempt", "note", "experiment"]


def test_an_attempt_note_is_stored_and_read() -> None:
    note = AttemptNote(number=2, why="the lab's container is gone", queries=3, experiments=2)
    saved = record(transcript=(note,))
    assert type(saved).model_validate_json(saved.model_dump_json()) == saved
