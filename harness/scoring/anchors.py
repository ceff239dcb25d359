"""The anchors of a score table without labs: what a table and the true form get, by budget.

The strategies are our own code, so they may ask a function itself; what they submit goes through the real scorer.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.base import input_key
from findbench.functions.discovery import load_object
from findbench.functions.kinds import KINDS
from findbench.harness.schema.brief import Brief
from findbench.harness.scoring.scorer import score_episode
from findbench.harness.seeds import derive
from findbench.harness.series import BUDGETS

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.interpreters.asking import Questions
    from findbench.harness.lab.coderunner import CodeRunner
    from findbench.harness.schema.brief import Interpretation

FUNCTIONS = 5
"""Functions of each variant on which anchors are measured, unless a person says otherwise."""
ANCHORS = {
    "memoriser": "findbench.harness.interpreters.memoriser.memoriser:memorise",
    "known form": "findbench.harness.interpreters.known_form:fit_known_form",
}
"""Name -> strategy, a `Callable[[Questions, Brief], Interpretation]`; imported when it is used, for it knows a lot."""


class FunctionQuestions:
    """`Questions` to a function itself, with a budget and noise of its own."""

    def __init__(self, function: Function, budget: int, *, seed: int = 0) -> None:
        """`seed`: the noise derives from it and from the function's identity."""
        self._function = function
        self._rng = np.random.default_rng([derive("anchors", seed, function.fingerprint())])
        self.asked: list[Any] = []
        """Every input, in order."""
        self._budget = budget

    @property
    def remaining(self) -> int:
        """Number of queries that are left."""
        return self._budget - len(self.asked)

    def ask(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs in order; fewer when the budget ends."""
        affordable = list(inputs)[: self.remaining]
        if not affordable:
            return []
        self.asked += affordable
        batch = KINDS[self._function.input_kind].batch(affordable)
        return input_key(self._function.sample(batch, self._rng.random(len(affordable))))


def of_each_variant(functions: Iterable[Function], count: int) -> set[str]:
    """Ids of the first `count` functions of each variant: category and tags."""
    seen: Counter[tuple[str, ...]] = Counter()
    chosen = set()
    for function in functions:
        variant = (function.category, *function.tags)
        seen[variant] += 1
        if seen[variant] <= count:
            chosen.add(function.id)
    return chosen


def anchor_shares(function: Function, runner: CodeRunner, *, seed: int) -> dict[str, float]:
    """`memoriser, 100 queries` -> 1.0 or 0.0 for passed or not (AUC where code is scored by it), for each budget.

    An anchor that submits nothing for functions of this kind has no entry."""
    shares = {}
    for name, path in ANCHORS.items():
        study: Callable[[Questions, Brief], Interpretation] = load_object(path)
        for budget in BUDGETS:
            brief = Brief(
                category=function.category,
                subject=function.subject,
                input_kind=function.input_kind,
                output_kind=function.output_kind,
                budget=budget,
                form=function.form,
                seed=derive("anchors", seed, function.fingerprint()),
            )
            submitted = study(FunctionQuestions(function, budget, seed=seed), brief)
            if not submitted.code:
                continue
            score = score_episode(
                function, submitted, seed=seed, open_runner=lambda: contextlib.nullcontext(runner), budget=budget
            )
            shares[f"{name}, {budget} queries"] = float(score.auc if score.auc is not None else bool(score.pass_))
    return shares
