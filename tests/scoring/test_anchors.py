"""The anchors that `findbench validate` measures: a table of queried points below, the true form above."""

from __future__ import annotations

import pytest

from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.scoring import anchors
from findbench.harness.scoring.anchors import anchor_shares, of_each_variant
from findbench.harness.series import BUDGETS

HOLED = NumericFunction(
    "numeric/0000",
    NumericSpec.model_validate(
        {
            "terms": [{"atom": "sine", "amplitude": 5.0, "rate": 2.1, "offset": 2.0}],
            "corruption": {"where": "below", "high": -60.5, "mean": 2.0},
        }
    ),
)


def test_each_anchor_is_scored_at_each_budget_and_more_queries_do_no_harm() -> None:
    with CodeRunner() as runner:
        shares = anchor_shares(HOLED, runner, seed=3)
    assert set(shares) == {f"{name}, {budget} queries" for name in ("memoriser", "known form") for budget in BUDGETS}
    known = [shares[f"known form, {budget} queries"] for budget in BUDGETS]
    table = [shares[f"memoriser, {budget} queries"] for budget in BUDGETS]
    assert known[2:] == [1.0] * 3, "fifty queries are enough for three parameters and a border"
    assert table == [0.0] * 4 + [1.0], "a table needs several points in each of 85 periods"


def test_an_anchor_that_has_nothing_to_say_of_a_category_has_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "BUDGETS", (20,))
    suite = load_suite("smoke")
    with CodeRunner() as runner:
        for category in ("strings", "entities", "relations"):
            function = suite[suite.ids(category)[0]]
            assert set(anchor_shares(function, runner, seed=3)) == {"memoriser, 20 queries"}


def test_the_first_functions_of_each_variant_are_chosen() -> None:
    functions = list(load_suite("mini").values())
    chosen = of_each_variant(functions, 1)
    variants = {(f.category, *f.tags) for f in functions}
    assert {(f.category, *f.tags) for f in functions if f.id in chosen} == variants
    assert len(chosen) == len(variants)
    assert of_each_variant(functions, 0) == set()
