"""The scientist on functions whose answer is known: families, noise, corruption, nothing that fits; in a real lab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import numpy as np
import pytest
from answering_lab import AnsweringLab
from fake_lab import FakeLab
from noted_lab import NotedLab

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atom import Atom, Range, plus
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.harness.interpreters.scientist import Scientist
from findbench.harness.interpreters.scientist.families import families
from findbench.harness.interpreters.scientist.sampling import kind_of
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import CustomNote
from findbench.harness.schema.score import Score
from findbench.harness.scoring.scorer import score_episode


def studied(spec: dict[str, object], *, budget: int = 100) -> tuple[Interpretation, Score]:
    function = NumericFunction("numeric/0000", NumericSpec.model_validate(spec))
    brief = Brief(category="numeric", input_kind="number", output_kind="number", budget=budget)
    with NotedLab(function, budget=budget, seed=3) as lab:
        interpretation = Scientist().interpret(lab, brief)
        assert lab.queries <= budget
    return interpretation, score_episode(function, interpretation, seed=3, open_runner=CodeRunner)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"terms": [{"atom": "linear", "slope": -3.8, "intercept": 5.1}]}, "slope -3.8 and intercept 5.1"),
        (
            {"terms": [{"atom": "gaussian", "amplitude": 7.0, "mean": 12.3, "sd": 2.5, "offset": -4.0}]},
            "mean 12.3 and standard deviation 2.5",
        ),
        ({"terms": [{"atom": "step", "scale": 9.0, "location": 7.7, "offset": 1.0}]}, "a step at x = 7.7"),
        (
            {"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}], "noise": "normal"},
            "standard deviation 1",
        ),
        (
            {
                "terms": [{"atom": "absolute", "scale": 3.0, "location": 5.0, "offset": 2.0}],
                "corruption": {"where": "inside", "low": 30.2, "high": 44.8, "mean": 194.0},
            },
            "30.2",
        ),
        (
            {
                "terms": [
                    {"atom": "sine", "amplitude": 6.0, "rate": 0.7, "offset": 0.0},
                    {"atom": "linear", "slope": 0.5, "intercept": 2.0},
                ],
                "operator": "+",
            },
            "sine wave of amplitude 6.0",
        ),
    ],
)
def test_a_function_of_the_grammar_is_understood(spec: dict[str, object], words: str) -> None:
    interpretation, score = studied(spec)
    assert score.pass_, (interpretation, score)
    assert words in interpretation.description


def test_with_a_small_budget_it_still_answers() -> None:
    interpretation, score = studied({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}]}, budget=60)
    assert score.pass_
    interpretation, _ = studied({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}]}, budget=0)
    assert "Too few" in interpretation.description


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 9, 20])
def test_a_lab_that_fails_in_the_midst_leaves_what_was_known_until_then(count: int) -> None:
    answered: list[float] = []

    def failing(inputs: Sequence[float]) -> Sequence[object]:
        answered.extend(inputs)
        return [2 * x + 1 for x in inputs] if len(answered) <= count else ["no number"]

    interpretation = Scientist().interpret(AnsweringLab(failing, budget=100), brief("numeric", "number", "number"))
    assert ("slope 2.0 and intercept 1.0" in interpretation.description) == (count >= 6)


@pytest.mark.parametrize("answer", [lambda x: 1 / (abs(x) + 0.1), lambda x: float(x > 127.9), lambda x: x**5 - 3 * x])
def test_nothing_is_asked_that_may_not_be_asked(answer: Callable[[float], float]) -> None:
    lab = AnsweringLab(lambda inputs: [answer(x) for x in inputs], budget=100)
    Scientist().interpret(lab, brief("numeric", "number", "number"))
    assert len(lab.asked) == 100
    assert all(-128 <= x <= 128 for x in lab.asked)


def test_the_repeats_tell_the_noise() -> None:
    rng = np.random.default_rng(0)
    assert kind_of(np.zeros(200)) is None
    assert kind_of(rng.normal(size=200) - rng.normal(size=200)) == "normal"
    assert kind_of(rng.uniform(-1, 1, 200) - rng.uniform(-1, 1, 200)) == "uniform"
    assert kind_of((rng.poisson(1, 200) - rng.poisson(1, 200)).astype(float)) == "poisson"


@pytest.fixture
def triangle(monkeypatch: pytest.MonkeyPatch) -> type[Atom]:
    """An atom that a person adds."""
    monkeypatch.setattr(Atom, "registry", dict(Atom.registry))

    class Triangle(Atom):
        atom: Literal["triangle"] = "triangle"
        amplitude: Annotated[float, Range(-10, 10, 0.1)]
        period: Annotated[float, Range(5, 60)]
        offset: Annotated[float, Range(-30, 30)]

        def evaluate(self, x: FloatArray) -> FloatArray:
            turns = x / self.period
            return self.amplitude * (1 - 4 * np.abs(turns - np.floor(turns) - 0.5)) + self.offset

        def formula(self) -> str:
            turns = f"x / {self.period!r}"
            return f"{self.amplitude!r} * (1 - 4 * abs({turns} - math.floor({turns}) - 0.5)){plus(self.offset)}"

        def words(self) -> str:
            return f"a triangle wave of amplitude {self.amplitude!r} and period {self.period!r} around {self.offset!r}"

    return Triangle


@pytest.mark.usefixtures("triangle")
@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"terms": [{"atom": "triangle", "amplitude": 4.5, "period": 17.3, "offset": -2.0}]},
            "amplitude 4.5 and period 17.3 around -2.0",
        ),
        (
            {
                "terms": [
                    {"atom": "triangle", "amplitude": 4.5, "period": 17.3, "offset": 0.0},
                    {"atom": "linear", "slope": 0.5, "intercept": 2.0},
                ],
                "operator": "+",
            },
            "amplitude 4.5 and period 17.3",
        ),
    ],
)
def test_an_atom_that_is_added_is_understood_without_more(spec: dict[str, object], words: str) -> None:
    interpretation, score = studied(spec)
    assert score.pass_, (interpretation, score)
    assert words in interpretation.description


def test_every_atom_of_the_registry_is_within_reach() -> None:
    """By a family of its own, as a polynomial, or (a ratio of lines) as the reciprocal that it equals."""
    fitted = {family.atom.name() for family in families()}
    assert set(Atom.registry) - fitted == {"constant", "polynomial", "rational"}


def brief(category: str, takes: str, gives: str) -> Brief:
    return Brief(category=category, input_kind=takes, output_kind=gives)


def test_a_category_of_numbers_that_it_does_not_know_is_studied_like_numeric_functions() -> None:
    lab = AnsweringLab(lambda inputs: [3 * x + 1 for x in inputs])
    interpretation = Scientist().interpret(lab, brief("custom", "number", "number"))
    assert "slope 3.0 and intercept 1.0" in interpretation.description


def test_a_function_for_which_it_has_no_method_gets_nothing_and_a_note_that_says_why() -> None:
    lab = FakeLab()
    assert Scientist().interpret(lab, brief("custom", "row", "number")) == Interpretation()
    assert lab.ran == []
    (note,) = lab.noted(CustomNote)
    assert note.kind == "unsupported"
    assert str(note.data["why"]).endswith("the category 'custom', and none for functions from row to number")
