"""The memoriser: the same table through a lab and without one, as strong as a table can be, and never more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_lab import FakeLab
from noted_lab import NotedLab

from findbench.functions.base import Function
from findbench.functions.kinds import FloatArray
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.harness.interpreters.asking import LabQuestions
from findbench.harness.interpreters.memoriser.lookup import Nearest, plain
from findbench.harness.interpreters.memoriser.memoriser import Memoriser, memorise
from findbench.harness.interpreters.memoriser.numbers import pieces
from findbench.harness.interpreters.memoriser.smoothing import smooth
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.scoring.anchors import FunctionQuestions
from findbench.harness.scoring.scorer import MAX_CODE

SUITE = load_suite("smoke")
FIRST = [next(f for f in SUITE.values() if f.category == category) for category in ("numeric", "strings", "relations")]


def brief_of(function: Function, budget: int = 100) -> Brief:
    return Brief(
        category=function.category,
        input_kind=function.input_kind,
        output_kind=function.output_kind,
        budget=budget,
        seed=4,
    )


def memorised(function: Function, budget: int = 100) -> Interpretation:
    questions = FunctionQuestions(function, budget)
    interpretation = memorise(questions, brief_of(function, budget))
    assert len(questions.asked) <= budget
    return interpretation


def numeric(spec: dict[str, object]) -> NumericFunction:
    return NumericFunction("numeric/0000", NumericSpec.model_validate(spec))


@pytest.mark.parametrize("function", FIRST, ids=lambda function: function.category)
def test_it_submits_the_same_through_a_lab_as_without_one(function: Function) -> None:
    if function.stochastic:
        pytest.fail("choose a function without noise: a lab's noise is its own")
    with NotedLab(function, budget=100, seed=3) as lab:
        assert Memoriser().interpret(lab, brief_of(function)) == memorised(function)
        assert lab.queries <= 100


@pytest.mark.parametrize("category", ["numeric", "strings", "entities", "relations"])
def test_what_it_asked_is_answered_as_it_was_observed(category: str) -> None:
    function = next(f for f in SUITE.values() if f.category == category and not f.stochastic)
    questions = FunctionQuestions(function, 100)
    submitted = memorise(questions, brief_of(function))
    assert submitted.description.startswith("This is a table of ")
    with CodeRunner() as runner:
        answers = runner.evaluate(submitted.code, questions.asked, output_kind=function.output_kind).outputs
    assert function.is_correct(FunctionQuestions(function, 100).ask(questions.asked), answers).all()


@pytest.mark.parametrize("function", [f for f in SUITE.values() if f.tags[0] in ("clean", "noise")][::4])
def test_its_code_is_short_enough_to_be_run(function: Function) -> None:
    assert 0 < len(memorised(function, 1000).code) < MAX_CODE


def test_it_never_asks_what_may_not_be_asked() -> None:
    for function in SUITE.values():
        questions = FunctionQuestions(function, 300)
        memorise(questions, brief_of(function, 300))
        assert all(len(x) <= 40 if isinstance(x, str) else abs(x) <= 128 for x in questions.asked)


@pytest.mark.parametrize("budget", [0, 1, 2, 3, 5, 8])
def test_hardly_any_budget_gives_a_small_table_or_nothing(budget: int) -> None:
    for function in FIRST:
        submitted = memorised(function, budget)
        assert bool(submitted.code) == (budget >= (2 if function.input_kind == "number" else 1))


def test_a_lab_that_answers_nothing_gives_no_table() -> None:
    for function in FIRST:
        assert Memoriser().interpret(FakeLab("nonsense\n"), brief_of(function)) == Interpretation()


@pytest.mark.parametrize("takes", ["number", "row"])
def test_other_kinds_are_tables_too(takes: str) -> None:
    function = Function.from_callable(
        lambda x: "high" if np.sum(x) > 30.5 else "low",
        kind=takes,
        output_kind="text",
        width=2 if takes == "row" else None,
    )
    brief = brief_of(function).model_copy(update={"exemplar_inputs": ((1.0, 2.0),) if takes == "row" else ()})
    submitted = memorise(FunctionQuestions(function, 100), brief)
    asked: list[Any] = [30.0, 31.0] if takes == "number" else [(1.0, 2.0), (25.0, 25.0)]
    with CodeRunner() as runner:
        assert runner.evaluate(submitted.code, asked, output_kind="text").outputs == ["low", "high"]


def test_rows_of_unknown_width_are_not_asked() -> None:
    function = Function.from_callable(np.sum, kind="row", output_kind="number", width=2)
    assert memorised(function) == Interpretation()


def predicted(function: Function, budget: int, x: FloatArray) -> FloatArray:
    with CodeRunner() as runner:
        outputs = runner.evaluate(memorised(function, budget).code, x.tolist()).outputs
    return np.array(outputs, dtype=np.float64)


def test_a_jump_is_closed_in_and_a_wave_is_followed() -> None:
    jump = numeric({"terms": [{"atom": "step", "scale": 20.0, "location": 7.7, "offset": 1.0}]})
    x = np.array([7.5, 7.9])
    assert np.allclose(predicted(jump, 100, x), [1.0, 21.0])
    wave = numeric({"terms": [{"atom": "sine", "amplitude": 6.0, "rate": 0.2, "offset": 0.0}]})
    grid = np.linspace(-127, 127, 500)
    assert wave.is_correct(wave.target(grid), predicted(wave, 100, grid)).all()


def test_noise_is_smoothed_and_not_memorised() -> None:
    line = numeric({"terms": [{"atom": "linear", "slope": 0.1, "intercept": 2.0}], "noise": "normal"})
    grid = np.linspace(-120, 120, 200)
    assert np.abs(predicted(line, 1000, grid) - line.target(grid)).mean() < 0.2


def test_a_corrupted_stretch_is_not_taken_for_noise() -> None:
    function = numeric(
        {
            "terms": [{"atom": "linear", "slope": 3.0, "intercept": 2.0}],
            "corruption": {"where": "above", "low": 20.0, "mean": 2.0},
        }
    )
    x = np.array([-100.0, 19.0, 22.0, 100.0])
    assert function.is_correct(function.target(x), predicted(function, 100, x)).all()


def test_a_cubic_is_exact_between_points_and_a_kink_gets_straight_lines() -> None:
    x = np.linspace(-4, 4, 9)
    cubic = pieces(x, x**3 - 2 * x)[0]
    middles = (cubic * 0.5 ** np.arange(4)).sum(axis=1)
    inner = x[1:-2] + 0.5
    assert np.allclose(middles[1:-1], inner**3 - 2 * inner)
    kink = pieces(x, np.abs(x))[0]
    assert np.allclose(kink[:, 2:], 0)


def test_a_smoothed_step_keeps_its_jump() -> None:
    x = np.linspace(-100, 100, 400)
    truth = np.where(x < 3, 0.0, 10.0)
    found = smooth(x, truth + np.random.default_rng(1).normal(size=400))
    assert np.abs(found - truth)[np.abs(x - 3) > 2].max() < 1.5


def test_the_nearest_text_shares_most_letters() -> None:
    nearest = Nearest(["harbor", "garden", "gardens"])
    assert [place for _, place in nearest.of("a garden", 2)] == [1, 2]
    assert nearest.of("garden", 1, without=1)[0][1] == 2
    assert nearest.of("", 3) == []
    assert plain("  The  Gambia ") == "gambia"


def test_questions_of_a_lab_and_of_a_function_end_with_the_budget() -> None:
    function = numeric({"terms": [{"atom": "linear", "slope": 3.0, "intercept": 2.0}]})
    with NotedLab(function, budget=3) as lab:
        for questions in (LabQuestions(lab, "number"), FunctionQuestions(function, 3)):
            assert questions.ask([0.0, 1.0]) == [2.0, 5.0]
            assert questions.ask([2.0, 3.0]) == [8.0]
            assert questions.remaining == 0
            assert questions.ask([4.0]) == []
