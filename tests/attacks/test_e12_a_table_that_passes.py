"""E12: a table of queried points that passes for understanding: the figures beside `pass` tell it from the form."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.harness.interpreters.known_form import fit_known_form
from findbench.harness.interpreters.memoriser.memoriser import memorise
from findbench.harness.schema.brief import Brief
from findbench.harness.scoring.anchors import FunctionQuestions
from findbench.harness.scoring.scorer import score_episode

if TYPE_CHECKING:
    from collections.abc import Callable

    from findbench.attacks.arena import Arena
    from findbench.harness.interpreters.asking import Questions
    from findbench.harness.schema.brief import Interpretation
    from findbench.harness.schema.score import Score

WAVE = {"atom": "sine", "amplitude": 6.0, "rate": 1.3, "offset": 2.0}
CORRUPTION = {"where": "inside", "low": 60.5, "high": 74.1, "mean": 2.0}
HIDDEN: dict[str, dict[str, object]] = {
    "a wave": {"terms": [WAVE]},
    "a wave with noise": {"terms": [WAVE], "noise": "normal"},
    "a wave with a corrupted stretch": {"terms": [WAVE], "corruption": CORRUPTION},
}
"""Functions that go on beyond the domain as they do inside."""
FUNCTIONS = {name: NumericFunction("numeric/0000", NumericSpec.model_validate(spec)) for name, spec in HIDDEN.items()}
SLOW = NumericFunction("numeric/0001", NumericSpec.model_validate({"terms": [{**WAVE, "rate": 0.2}]}))
"""What a table of the default budget gets right wherever it may be queried."""
DEFAULT_BUDGET = 100


def scored(
    arena: Arena, study: Callable[[Questions, Brief], Interpretation], function: NumericFunction, budget: int
) -> Score:
    """The score of a strategy that asked the function itself, in the arena's sandbox."""
    brief = Brief(category="numeric", input_kind="number", output_kind="number", budget=budget, form=function.form)
    submitted = study(FunctionQuestions(function, budget), brief)
    with contextlib.closing(arena.judge()) as judge:
        return score_episode(
            function, submitted, seed=9, open_runner=lambda: contextlib.nullcontext(judge), budget=budget
        )


def test_at_the_default_budget_a_table_passes_far_more_rarely_than_the_form(arena: Arena) -> None:
    table = [bool(scored(arena, memorise, function, DEFAULT_BUDGET).pass_) for function in FUNCTIONS.values()]
    form = [bool(scored(arena, fit_known_form, function, DEFAULT_BUDGET).pass_) for function in FUNCTIONS.values()]
    assert sum(table) == 0, dict(zip(FUNCTIONS, table, strict=True))
    assert all(form), dict(zip(FUNCTIONS, form, strict=True))


@pytest.mark.parametrize("budget", [DEFAULT_BUDGET, 1000])
def test_a_table_that_passes_knows_nothing_beyond_what_could_be_queried(arena: Arena, budget: int) -> None:
    table, form = (scored(arena, study, SLOW, budget) for study in (memorise, fit_known_form))
    assert table.pass_, "the attack is real: inside the domain the table is as good as an explanation"
    assert table.global_ is not None
    assert table.global_ >= 0.95
    assert table.beyond is not None
    assert table.beyond < 0.25, "a wave that is cut off is near its last value now and then"
    assert form.pass_
    assert form.beyond == 1.0
