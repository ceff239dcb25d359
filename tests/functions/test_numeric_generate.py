"""Generation of numeric functions: FIND's mix, and what is rejected."""

from collections import Counter

import numpy as np
import pytest

from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.generate import KINDS, VARIANTS, apportion, generate
from findbench.functions.numeric.soundness import problems, signature
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite


def found(spec: dict[str, object]) -> list[str]:
    return problems(np.random.default_rng(0), NumericSpec.model_validate(spec))


def test_shares_at_a_thousand_are_those_of_find() -> None:
    assert apportion(KINDS, 1000) == {"atomic": 850, "product": 78, "sum": 72}
    assert apportion(VARIANTS, 1000) == {"clean": 483, "corruption": 191, "noise": 176, "approximation": 150}
    assert apportion(VARIANTS, 4) == dict.fromkeys(VARIANTS, 1)
    assert sum(apportion(KINDS, 25).values()) == 25


def test_find_has_finds_mix() -> None:
    specs = [f.spec for f in load_suite("find").values() if isinstance(f, NumericFunction)]
    assert len(specs) == 1000
    assert Counter(spec.variant for spec in specs) == VARIANTS
    assert Counter({"+": "sum", "*": "product", None: "atomic"}[spec.operator] for spec in specs) == KINDS
    assert {spec.noise for spec in specs} == {None, "uniform", "normal", "poisson"}
    assert {spec.corruption.where for spec in specs if spec.corruption} == {"inside", "above", "below"}
    assert len({signature(spec) for spec in specs}) == 1000


def test_generation_repeats_with_its_seed_and_reports_progress() -> None:
    done: list[int] = []
    first = generate(np.random.default_rng(6), 3, progress=done.append)
    assert first == generate(np.random.default_rng(6), 3)
    assert done == [1, 1, 1]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            {"terms": [{"atom": "sine", "amplitude": 0.5, "rate": 1.0, "offset": 0.0}], "noise": "normal"},
            "drowns",
        ),
        (
            {"terms": [{"atom": "sine", "amplitude": 0.5, "rate": 1.0, "offset": 25.0}]},
            "a constant matches it everywhere",
        ),
        (
            {
                "terms": [
                    {"atom": "linear", "slope": 9.0, "intercept": 0.0},
                    {"atom": "sine", "amplitude": 0.1, "rate": 1.0, "offset": 0.0},
                ],
                "operator": "+",
            },
            "a line matches it everywhere",
        ),
        (
            {
                "terms": [{"atom": "step", "scale": 5.0, "location": 15.0, "offset": 1.0}],
                "corruption": {"where": "inside", "low": 10.0, "high": 20.0, "mean": 3.2},
            },
            "not change|mean|no effect",
        ),
        (
            {
                "terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}],
                "corruption": {"where": "above", "low": 10.0, "mean": 50.0},
            },
            "is not the function's",
        ),
        (
            {
                "terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}],
                "network": {"weights": [1.0], "biases": [0.0], "outputs": [1.0], "bias": 0.0},
            },
            "misses its formula",
        ),
        (
            {
                "terms": [
                    {"atom": "polynomial", "coefficients": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]},
                    {"atom": "step", "scale": 5.0, "location": 28.0, "offset": 1.0},
                ],
                "operator": "+",
            },
            "no effect",
        ),
    ],
)
def test_unsound_functions_are_found(spec: dict[str, object], reason: str) -> None:
    reasons = found(spec)
    assert reasons
    assert any(part in " ".join(reasons) for part in reason.split("|"))


def test_equal_functions_in_different_words_have_one_signature() -> None:
    line = {"atom": "linear", "slope": 2.0, "intercept": 1.0}
    noisy = NumericSpec.model_validate({"terms": [line], "noise": "normal"})
    clean = NumericSpec.model_validate({"terms": [line]})
    assert signature(noisy) == signature(clean)
