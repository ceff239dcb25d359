"""What submitted code is asked tells nothing of the function: equal briefs and seeds, equal bytes in equal order."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from findbench.functions.base import Function
from findbench.functions.numeric.asked import BEYOND, PUBLIC_GRID
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.result import Evaluation
from findbench.harness.schema.score import Score
from findbench.harness.scoring.scorer import held_out, score_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITES = [load_suite("smoke"), load_suite("mini")]
FUNCTIONS = [function for suite in SUITES for function in suite.values()]


class Noting:
    """In a code runner's place: notes what it is asked and answers nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def evaluate(self, code: str, inputs: Sequence[Any], *, output_kind: str, seconds: float) -> Evaluation:
        self.asked.append((output_kind, seconds, tuple(inputs)))
        return Evaluation([None] * len(inputs), "ok")


def asked_of_code(function: Function, seed: int) -> list[tuple[Any, ...]]:
    """Everything that reaches a sandbox when one submission is scored."""
    noting: Any = Noting()
    submitted = Interpretation(code="def predict(x):\n    return 0.0\n")
    score_episode(function, submitted, seed=seed, open_runner=lambda: contextlib.nullcontext(noting))
    return list(noting.asked)


def test_functions_with_equal_briefs_are_asked_the_same_bytes_in_the_same_order() -> None:
    seen = defaultdict(list)
    for function in FUNCTIONS:
        seen[function.category, function.subject].append(asked_of_code(function, 7))
    assert {category for category, _ in seen} == {"numeric", "strings", "entities", "relations"}
    assert sum(len(found) > 1 for found in seen.values()) >= 6, "there is something to compare"
    for found in seen.values():
        assert all(other == found[0] for other in found)


@pytest.mark.parametrize("category", ["numeric", "strings", "entities", "relations"])
def test_another_seed_asks_other_inputs_or_in_another_order_and_nothing_twice(category: str) -> None:
    function = SUITES[0][f"{category}/0000"]
    (_, _, first), (_, _, again) = asked_of_code(function, 1)
    (_, _, other), _ = asked_of_code(function, 2)
    assert first != other
    assert len(set(first)) == len(first)
    assert set(again) <= set(first)
    assert len(again) >= min(256, len(first))


def test_numbers_are_asked_once_in_each_of_4096_parts_on_finds_grid_and_beyond() -> None:
    asked = np.asarray(held_out(SUITES[0]["numeric/0000"], 3).asked)
    inside = np.sort(asked[(np.abs(asked) <= 128) & ~np.isin(asked, PUBLIC_GRID)])
    middles = -128 + (np.arange(4096) + 0.5) / 16
    assert np.abs(inside - middles).max() <= 1 / 32 + 1e-4, "inputs have four decimals"
    assert np.isin(PUBLIC_GRID, asked).all()
    outside = np.abs(asked[np.abs(asked) > 128])
    assert len(outside) == 256
    assert outside.max() <= BEYOND


def test_texts_are_of_40_characters_at_most_and_those_beyond_of_41_to_200() -> None:
    function = SUITES[0]["strings/0000"]
    found = held_out(function, 3)
    lengths = np.array([len(str(x)) for x in found.asked])
    assert found.beyond is not None
    assert int(np.sum(lengths <= 40)) == 2048
    assert len(found.beyond) == 256
    assert set(found.beyond.tolist()) == set(np.flatnonzero(lengths > 40).tolist())
    assert lengths.max() <= 200
    assert all(str(found.asked[i]).isascii() for i in [*found.beyond, *found.global_])


def test_every_function_of_small_suites_has_its_inputs_and_its_corrupted_region() -> None:
    for function in FUNCTIONS:
        found = held_out(function, 11)
        few = 16 if function.category == "relations" else 256
        assert len(found.global_) >= few, function.id
        assert len(set(found.global_.tolist())) == len(found.global_)
        names = [region.name for region in found.regions]
        assert all(region.name in names for region in function.regions() if region.corrupted)
        places = np.concatenate([found.global_, *(region.places for region in found.regions)])
        assert function.may_be_queried([found.asked[i] for i in places]).all()


def spec(*terms: dict[str, Any], **rest: Any) -> NumericFunction:
    return NumericFunction("numeric/0000", NumericSpec.model_validate({"terms": terms, **rest}))


LINE = {"atom": "linear", "slope": 2.0, "intercept": 3.0}
STEP = {"atom": "step", "scale": 9.0, "location": 10.0, "offset": 1.0}


def scored(function: Function, code: str) -> Score:
    return score_episode(function, Interpretation(code=code), seed=1, open_runner=CodeRunner)


def test_beyond_tells_a_table_from_the_formula_and_does_not_decide() -> None:
    clipped = scored(spec(LINE), "def predict(x):\n    return 2 * min(max(x, -128), 128) + 3\n")
    assert (clipped.pass_, clipped.global_) == (True, 1.0)
    assert clipped.beyond == pytest.approx(0.03, abs=0.03)
    assert scored(spec(LINE), "def predict(x):\n    return 2 * x + 3\n").beyond == 1.0


def test_beyond_a_cut_the_corrupted_region_goes_on() -> None:
    cut = spec(LINE, corruption={"where": "above", "low": 50.0, "mean": 3.0})
    assert scored(cut, cut.reference_code).beyond == 1.0
    assert scored(cut, cut.ideal().reference_code).beyond == 0.5


def test_what_an_approximation_does_beyond_the_domain_is_not_scored() -> None:
    network = next(f for f in FUNCTIONS if "approximation" in f.tags)
    found = scored(network, network.reference_code)
    assert (found.pass_, found.beyond) == (True, None)
    assert np.abs(held_out(network, 1).asked).max() > 128, "though it is asked, as of any function"


def test_edge_tells_how_exactly_a_border_was_found_and_does_not_decide() -> None:
    near = scored(spec(STEP), STEP_CODE.format(border=9.9))
    assert near.pass_ is True
    assert near.edge == pytest.approx(0.975, abs=0.02)
    assert scored(spec(STEP), STEP_CODE.format(border=10.0)).edge == 1.0
    assert scored(spec(LINE), "def predict(x):\n    return 2 * x + 3\n").edge is None


STEP_CODE = "def predict(x):\n    return 10.0 if x >= {border} else 1.0\n"


def test_borders_are_those_of_the_terms_and_of_the_corruption_that_hides_them() -> None:
    wave = {"atom": "square", "amplitude": 2.0, "period": 60.0, "offset": 0.0}
    rectangle = {"atom": "rectangle", "amplitude": 2.0, "start": -4.0, "width": 2.0, "offset": 0.0}
    hole = {"where": "inside", "low": 5.0, "high": 15.0, "mean": 3.0}
    assert spec(wave, rectangle, operator="+").borders() == [-120, -90, -60, -30, -4, -2, 0, 30, 60, 90, 120]
    assert spec(STEP, corruption=hole).borders() == [5.0, 15.0]
    assert spec(STEP, corruption={"where": "above", "low": 50.0, "mean": 3.0}).borders() == [10.0, 50.0]


def test_texts_beyond_ascii_are_a_region_that_decides_nothing() -> None:
    strings = SUITES[0]["strings/0000"]
    naive = strings.reference_code + (
        "\nhonest = predict\ndef predict(x):\n    return honest(x) if x.isascii() else 'something else'\n"
    )
    found = scored(strings, naive)
    assert (found.pass_, found.local, found.regions["non-ASCII texts"]) == (True, 1.0, 0.0)


def test_who_had_fewer_noisy_queries_may_be_further_off() -> None:
    noisy = spec({"atom": "constant", "value": 1.0}, noise="normal")
    submitted = Interpretation(code="def predict(x):\n    return 1.3\n")
    passed = [
        score_episode(noisy, submitted, seed=1, open_runner=CodeRunner, budget=budget).pass_
        for budget in (10, 100, 1000)
    ]
    assert passed == [True, True, False]
