"""The stored interpretations of a run scored again; no episode runs again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from findbench.harness.episode import budget_of
from findbench.harness.schema.brief import Interpretation
from findbench.harness.scoring.scorer import score_episode
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from findbench.functions.base import Function
    from findbench.harness.lab.coderunner import CodeRunner
    from findbench.harness.records import Run
    from findbench.harness.schema.records import EpisodeRecord
    from findbench.harness.schema.score import Score

    OpenRunner = Callable[[int], AbstractContextManager[CodeRunner]]  # makes a code runner from a seed


class Rescored(NamedTuple):
    """How many scores there are now, and how many are not what they were."""

    changed: int
    total: int


def rescore_run(run: Run, functions: Mapping[str, Function], open_runner: OpenRunner) -> Rescored:
    """Score every episode again with the same held-out inputs, each saved at once.

    An infrastructure error stays without a score. Raises RecordError, EngineError, InfrastructureError.
    """
    records = [record for record in run.records() if record.status != "infrastructure_error"]
    changed = 0
    for record in records:
        function = functions[record.function]
        budget = budget_of(function, run.info.config) if record.budget is None else record.budget
        score = rescore(record, function, open_runner, budget=budget)
        if score != record.score:
            changed += 1
            run.save(record.model_copy(update={"score": score}))
    return Rescored(changed, len(records))


def rescore(record: EpisodeRecord, function: Function, open_runner: OpenRunner, *, budget: int) -> Score:
    """The score anew; what a model said of the description is kept, for neither it nor the questions have changed."""
    found = score_episode(
        function,
        record.interpretation or Interpretation(),
        seed=record.seed,
        open_runner=partial(open_runner, derive("score", record.seed)),
        budget=budget,
        queried=record.queried,
    )
    if record.score is not None:
        found = found.model_copy(update={"judged": record.score.judged})
    return found
