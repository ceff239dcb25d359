"""The interpreter `memoriser`: it asks, writes down, and submits the table. What a score is worth is seen beside it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.base import input_key
from findbench.functions.numeric.atom import DOMAIN
from findbench.harness.interpreters.asking import LabQuestions, Questions
from findbench.harness.interpreters.baselines import nearest_code
from findbench.harness.interpreters.memoriser.numbers import table_of_numbers
from findbench.harness.interpreters.memoriser.texts import table_of_texts
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike, Need

SPREAD = 10.0
"""Standard deviation of the elements of the rows that are asked."""


class Memoriser:
    """An adaptive table of what it asked, with the nearest entries for the rest; it has no idea of the function."""

    name = "memoriser"
    needs: frozenset[Need] = frozenset({"exemplars"})
    """Only to know how wide rows are."""

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Spend the budget on a table and submit it, or nothing when nothing was observed."""
        return memorise(LabQuestions(lab, brief.output_kind), brief)


def memorise(questions: Questions, brief: Brief) -> Interpretation:
    """The table that the budget buys; the same through a lab and without one."""
    budget = questions.remaining
    if brief.input_kind == "text":
        code = table_of_texts(questions, brief)
    elif brief.input_kind == "row":
        code = _table_of_rows(questions, brief)
    elif brief.output_kind == "number":
        code = table_of_numbers(questions)
    else:
        code = _table_over_numbers(questions)
    if not code:
        return Interpretation()
    return Interpretation(
        description=(
            f"This is a table of {budget - questions.remaining} observations, not an explanation: the code answers "
            "with what was observed, and elsewhere by what was observed nearby."
        ),
        domain="Where it was asked; nothing is known of other inputs.",
        code=code,
    )


def _table_over_numbers(questions: Questions) -> str:
    """Numbers that give texts or rows: half of the queries evenly, the others between neighbours that differ."""
    low, high = DOMAIN
    wanted: list[float] = np.linspace(low, high, max(2, questions.remaining // 2)).tolist()
    found: dict[float, Any] = {}
    while wanted and questions.remaining:
        found.update(zip(wanted, questions.ask(wanted), strict=False))
        x = sorted(found)
        gaps = sorted((found[a] == found[b], a - b, (a + b) / 2) for a, b in pairwise(x))
        wanted = [middle for _, _, middle in gaps[: max(1, len(gaps) // 4)] if middle not in found]
    return nearest_code(sorted(found), [found[x] for x in sorted(found)]) if found else ""


def _table_of_rows(questions: Questions, brief: Brief) -> str:
    """Rows: normal ones, as wide as an exemplar of the brief; nothing where no exemplar tells how wide."""
    widths = {len(x) for x in brief.exemplar_inputs if isinstance(x, (list, tuple))}
    if not widths:
        return ""
    rng = np.random.default_rng(derive("memoriser", brief.seed))
    rows = [list(row) for row in input_key(list(SPREAD * rng.standard_normal((questions.remaining, max(widths)))))]
    rows = [list(x) for x in brief.exemplar_inputs] + rows  # type: ignore[arg-type]
    outputs = questions.ask(rows[: questions.remaining])
    return nearest_code(rows[: len(outputs)], outputs) if outputs else ""
