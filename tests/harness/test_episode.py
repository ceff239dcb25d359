"""One episode: what is recorded, and which failures count as what."""

from collections.abc import Callable
from typing import Any

import pytest
from run_help import SECRET, FakeLab, FakeLabs, Prober, config

from findbench.functions.base import Function
from findbench.functions.suites.builtin import load_suite
from findbench.harness import episode
from findbench.harness.episode import Episode, run_episode
from findbench.harness.errors import BudgetReached, FatalModelError, InfrastructureError, ModelError
from findbench.harness.interpreters.base import LabLike
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import CustomNote, MessageNote, UsageNote
from findbench.harness.schema.records import EpisodeRecord, Experiment
from findbench.harness.schema.result import Result
from findbench.harness.schema.score import Score
from findbench.harness.schema.usage import Usage


@pytest.fixture(autouse=True)
def scored(monkeypatch: pytest.MonkeyPatch) -> list[Interpretation]:
    """Scoring has its own tests; here it only tells what it was given."""
    calls: list[Interpretation] = []

    def score(function: Function, interpretation: Interpretation, **rest: Any) -> Score:
        calls.append(interpretation)
        return Score()

    monkeypatch.setattr(episode, "score_episode", score)
    return calls


def make_episode(**changes: Any) -> Episode:
    return Episode(load_suite("smoke")["numeric/0001"], 0, config(**changes), SECRET)


def play(interpret: Callable[[LabLike, Brief], Any], lab: FakeLab | None = None, **changes: Any) -> EpisodeRecord:
    class Interpreter:
        name = "test"

        def interpret(self, lab: LabLike, brief: Brief) -> Any:
            return interpret(lab, brief)

    return run_episode(make_episode(**changes), Interpreter(), FakeLabs(lab))


def test_experiments_and_notes_are_recorded_in_order() -> None:
    def interpret(lab: LabLike, brief: Brief) -> Interpretation:
        lab.note(MessageNote(role="assistant", content="first \ud800"))
        assert lab.run("f(1)", seconds=3).stdout == "ran f(1)\n"
        usage = Usage(calls=1, prompt_tokens=10, completion_tokens=5, reasoning_tokens=2, cost=0.5)
        lab.note(UsageNote(usage=usage, seconds=0.1))
        lab.note(UsageNote(usage=Usage(calls=1, prompt_tokens=1, completion_tokens=1, cost=0.25), seconds=0.1))
        lab.note(CustomNote(kind="idea", data={"tried": ["a \udc00", 1]}))
        return Interpretation(description="yes \udc00")

    record = play(interpret)
    assert [type(event) for event in record.transcript] == [MessageNote, Experiment, UsageNote, UsageNote, CustomNote]
    message, experiment, note = (record.transcript[i] for i in (0, 1, 4))
    assert isinstance(message, MessageNote)
    assert message.content == "first \\ud800"
    assert isinstance(experiment, Experiment)
    assert experiment.limit == 3
    assert (record.queries, record.queried) == (1, (0.0,))
    assert (record.usage.calls, record.usage.prompt_tokens, record.usage.tokens, record.usage.cost) == (2, 11, 17, 0.75)
    assert record.interpretation is not None
    assert record.interpretation.description == "yes \\udc00"
    assert record.status == "finished"
    assert isinstance(note, CustomNote)
    assert note.data == {"tried": ["a \\udc00", 1]}
    assert type(record).model_validate_json(record.model_dump_json()) == record


def test_the_lab_is_closed_however_the_episode_ends() -> None:
    for error in (ModelError("x"), ValueError("x"), None):
        lab = FakeLab()

        def interpret(recording: LabLike, brief: Brief, error: Exception | None = error) -> Interpretation:
            if error:
                raise error
            return Interpretation()

        play(interpret, lab)
        assert lab.closed


@pytest.mark.parametrize(
    ("error", "status"), [(ModelError("timed out"), "model_error"), (KeyError("a\nb"), "interpreter_error")]
)
def test_a_failure_of_model_or_interpreter_is_recorded_and_counts_as_no_answer(
    scored: list[Interpretation], error: Exception, status: str
) -> None:
    def interpret(lab: LabLike, brief: Brief) -> Interpretation:
        raise error

    record = play(interpret)
    assert record.status == status
    assert record.error
    assert "\n" not in record.error
    assert record.interpretation is None
    assert scored == [Interpretation()]


@pytest.mark.parametrize("value", [None, "a line", {"description": "x"}, 3])
def test_what_is_no_interpretation_is_the_interpreters_error(value: object) -> None:
    assert play(lambda lab, brief: value).status == "interpreter_error"


def test_an_empty_submission_is_no_submission() -> None:
    assert play(lambda lab, brief: Interpretation(description=" \n", domain="R")).status == "no_submission"


@pytest.mark.parametrize("error", [FatalModelError("bad key"), BudgetReached("spent"), InfrastructureError("gone")])
def test_what_no_record_may_hide_is_raised(error: Exception) -> None:
    def interpret(lab: LabLike, brief: Brief) -> Interpretation:
        raise error

    with pytest.raises(type(error)):
        play(interpret)


def test_a_broken_lab_is_never_scored_even_when_the_interpreter_swallows_it(scored: list[Interpretation]) -> None:
    def interpret(lab: LabLike, brief: Brief) -> Interpretation:
        try:
            lab.run("f(1)")
        except Exception:
            return Interpretation(description="I saw nothing")
        return Interpretation()

    with pytest.raises(InfrastructureError):
        play(interpret, FakeLab(InfrastructureError("gone")))
    assert scored == []


def test_a_lab_that_fails_in_any_way_is_infrastructure_and_not_the_interpreters_error() -> None:
    class Full(FakeLab):
        def run(self, code: str, *, seconds: float | None = None) -> Result:
            raise OSError("no space left on device")

    with pytest.raises(InfrastructureError, match="the lab failed: OSError: no space left"):
        play(lambda lab, brief: lab.run("f(1)"), Full())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda lab: lab.run(b"f(1)"), "Python source text, not bytes"),
        (lambda lab: lab.run("f(1)", seconds="3"), "a positive number of seconds, not '3'"),
        (lambda lab: lab.run("f(1)", seconds=float("nan")), "a positive number of seconds, not nan"),
        (lambda lab: lab.note({"kind": "idea"}), "a note is an object such as CustomNote"),
    ],
)
def test_a_lab_that_is_used_wrongly_says_so(wrong: Callable[[Any], object], says: str) -> None:
    record = play(lambda lab, brief: wrong(lab))
    assert record.status == "interpreter_error"
    assert record.error is not None
    assert says in record.error


def test_the_lab_starts_before_the_interpreter_asks_for_it() -> None:
    lab = FakeLab()

    def interpret(recording: LabLike, brief: Brief) -> Interpretation:
        assert lab.up.wait(60)
        return Interpretation()

    play(interpret, lab)


def test_the_brief_tells_nothing_that_depends_on_the_variant() -> None:
    function = make_episode().function
    brief = make_episode(prior="none", budget=7).brief()
    assert isinstance(brief, Brief)
    assert (brief.budget, brief.prior, brief.category) == (7, "none", "numeric")
    assert (brief.exemplar_inputs, brief.form) == ((), None)
    text = brief.model_dump_json()
    assert function.id not in text
    assert function.family not in text


def test_seeds_differ_between_functions_repeats_and_runs() -> None:
    suite = load_suite("smoke")
    seeds = {
        Episode(suite[id_], repeat, config(), secret).seed
        for id_ in ("numeric/0000", "numeric/0001")
        for repeat in (0, 1)
        for secret in (SECRET, "f" * 32)
    }
    assert len(seeds) == 8
    assert make_episode().seed == make_episode().seed


def test_a_prober_gets_through() -> None:
    assert len(run_episode(make_episode(), Prober(), FakeLabs()).experiments) == 2
