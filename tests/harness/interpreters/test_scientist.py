"""The scientist on functions whose answer is known: families, noise, corruption, nothing that fits; in a real lab."""

from __future__ import annotations

import numpy as np
import pytest

from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites import load_suite
from findbench.harness.interpreters import load_interpreter
from findbench.harness.interpreters.scientist import Scientist
from findbench.harness.interpreters.scientist.sampling import Data
from findbench.harness.lab import Lab
from findbench.harness.schema import Brief
from findbench.harness.scoring import score_episode


class Noted(Lab):
    """A lab that takes notes, as an episode's does."""

    def note(self, kind: str, data: dict[str, object]) -> None:
        self.noted = (kind, data)


def studied(spec: dict[str, object], *, budget: int = 1000) -> tuple[object, object]:
    function = NumericFunction("numeric/0000", NumericSpec.model_validate(spec))
    brief = Brief(category="numeric", input_kind="number", output_kind="number", budget=budget)
    with Noted(function, budget=budget, seed=3) as lab:
        interpretation = Scientist().interpret(lab, brief)
        assert lab.queries <= budget
    return interpretation, score_episode(function, interpretation, seed=3, make_lab=lambda: Lab(None))


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
    assert score.pass_, (interpretation, score)  # type: ignore[attr-defined]
    assert words in interpretation.description  # type: ignore[attr-defined]


def test_with_a_small_budget_it_still_answers() -> None:
    interpretation, score = studied({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}]}, budget=60)
    assert score.pass_  # type: ignore[attr-defined]
    interpretation, _ = studied({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}]}, budget=0)
    assert "Too few" in interpretation.description  # type: ignore[attr-defined]


def test_the_repeats_tell_the_noise() -> None:
    rng = np.random.default_rng(0)
    assert Data(differences=np.zeros(200)).noise is None
    assert Data(differences=rng.normal(size=200) - rng.normal(size=200)).noise == "normal"
    assert Data(differences=rng.uniform(-1, 1, 200) - rng.uniform(-1, 1, 200)).noise == "uniform"
    assert Data(differences=(rng.poisson(1, 200) - rng.poisson(1, 200)).astype(float)).noise == "poisson"


def test_it_is_in_the_table_of_interpreters() -> None:
    from findbench.harness.schema import InterpreterSettings

    assert isinstance(load_interpreter("scientist", InterpreterSettings()), Scientist)
    assert load_suite("mini")
