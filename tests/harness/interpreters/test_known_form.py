"""The known form: what is told, what it makes of it, and that it asks no more than it may."""

from __future__ import annotations

import numpy as np
import pytest
from fake_lab import FakeLab
from noted_lab import NotedLab

from findbench.functions.numeric.form import Form
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.harness.interpreters.base import needs_of
from findbench.harness.interpreters.known_form import KnownForm, fit_known_form
from findbench.harness.interpreters.scientist.screening import screen_beside, screen_pairs
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.scoring.anchors import FunctionQuestions

NUMERIC = [f for f in load_suite("mini").values() if isinstance(f, NumericFunction)]
LINE = {"atom": "linear", "slope": 2.5, "intercept": -4.0}
WAVE = {"atom": "sine", "amplitude": 6.0, "rate": 1.3, "offset": 2.0}


def function(spec: dict[str, object]) -> NumericFunction:
    return NumericFunction("numeric/0000", NumericSpec.model_validate(spec))


def brief_of(hidden: NumericFunction, budget: int) -> Brief:
    return Brief(category="numeric", input_kind="number", output_kind="number", budget=budget, form=hidden.form)


def fitted(hidden: NumericFunction, budget: int) -> str:
    questions = FunctionQuestions(hidden, budget)
    submitted = fit_known_form(questions, brief_of(hidden, budget))
    assert len(questions.asked) <= budget
    assert all(abs(x) <= 128 for x in questions.asked)
    return submitted.description


@pytest.mark.parametrize("hidden", NUMERIC, ids=lambda hidden: hidden.id)
def test_a_form_is_told_as_text_and_says_no_parameter(hidden: NumericFunction) -> None:
    form = Form.of(hidden.spec)
    assert Form.parse(hidden.form) == form
    assert set(hidden.form) & set("0123456789") <= set("2345"), "the degree of a polynomial is all"


def test_it_needs_the_form_and_without_one_it_submits_nothing() -> None:
    assert needs_of(KnownForm()) == {"form"}
    for form in (None, "country to capital", "custom", ""):
        brief = Brief(category="numeric", input_kind="number", output_kind="number", form=form)
        lab = FakeLab()
        assert KnownForm().interpret(lab, brief) == Interpretation()
        assert lab.ran == []


@pytest.mark.parametrize(
    ("spec", "budget", "words"),
    [
        ({"terms": [LINE]}, 10, "slope 2.5 and intercept -4.0"),
        ({"terms": [WAVE]}, 10, "amplitude 6.0 and angular rate 1.3"),
        ({"terms": [{"atom": "constant", "value": 7.0}]}, 10, "constant 7.0"),
        ({"terms": [{"atom": "polynomial", "coefficients": (1.0, -2.0, 0.5)}]}, 10, "0.5 * x**2 - 2.0 * x + 1.0"),
        ({"terms": [{"atom": "rational", "a": 2.0, "b": 1.0, "c": 4.0, "d": -8.0}]}, 20, "with location 2.0"),
        ({"terms": [WAVE, {**LINE, "intercept": 1.0}], "operator": "*"}, 20, "angular rate 1.3"),
        ({"terms": [LINE], "corruption": {"where": "above", "low": 40.0, "mean": -4.0}}, 200, "for x > 40.0"),
        (
            {"terms": [LINE], "corruption": {"where": "inside", "low": 40.0, "high": 58.5, "mean": -4.0}},
            200,
            "for 40.0 <= x <= 58.5",
        ),
        ({"terms": [LINE], "noise": "uniform"}, 100, "noise uniform on [-1, 1]"),
    ],
)
def test_the_true_parameters_are_found(spec: dict[str, object], budget: int, words: str) -> None:
    assert words in fitted(function(spec), budget)


@pytest.mark.parametrize("budget", range(6))
def test_hardly_any_budget_is_kept(budget: int) -> None:
    assert bool(fitted(function({"terms": [LINE]}), budget)) == (budget >= 5)


def test_it_submits_the_same_through_a_lab_as_without_one() -> None:
    hidden = function({"terms": [WAVE]})
    with NotedLab(hidden, budget=20) as lab:
        through = KnownForm().interpret(lab, brief_of(hidden, 20))
        assert lab.queries == 20
    assert through == fit_known_form(FunctionQuestions(hidden, 20), brief_of(hidden, 20))


@pytest.mark.parametrize("product", [False, True])
def test_the_screening_of_pairs_is_least_squares(*, product: bool) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(3, 40)), rng.normal(size=(4, 40)) + 2
    y, w = rng.normal(size=40) + 5, rng.uniform(0.5, 2, 40)
    ((start, errors),) = screen_pairs(first, second, y, w, product=product)
    powers = np.linspace(-1, 1, 40)[:, None] ** np.arange(3)
    beside = screen_beside(powers, second, y, w, product=product)

    def error(columns: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> float:
        matrix = np.stack(columns, axis=1) * w[:, None]
        rest = y * w - matrix @ np.linalg.lstsq(matrix, y * w, rcond=None)[0]
        return float(rest @ rest)

    assert start == 0
    for j, other in enumerate(second):
        for i, one in enumerate(first):
            both = [one * other] if product else []
            assert errors[i, j] == pytest.approx(error([np.ones(40), one, other, *both]))
        assert beside[j] == pytest.approx(error([*powers.T, *(powers.T * other if product else [other])]), rel=1e-6)
