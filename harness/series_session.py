"""One start of `findbench run` with several budgets: a run for each, one after the other, under one secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from findbench.harness.errors import RecordError, UsageError
from findbench.harness.records import Run
from findbench.harness.schema.words import counted
from findbench.harness.seeds import new_secret
from findbench.harness.series import home, member, members
from findbench.harness.stopping import stoppable

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from findbench.harness.run_session import Outcome, Plan


def play_series(plan: Plan, budgets: Sequence[int], console: Console) -> Iterator[Outcome]:
    """Play a run for each of `budgets` in the directory `plan.path`, and give its outcome when it has ended.

    A run that is there goes on; one that is new begins. The ceilings hold for all runs together: when one is reached,
    no further run begins. Raises what `Session` raises; what is wrong with the directory is told before anything is
    written.
    """
    from findbench.harness.run_session import Session  # all that a run needs: slow to load, and the end of a long chain

    plans = _plans(plan, budgets)
    with stoppable(plan.resume):
        for budget, each in zip(budgets, plans, strict=True):
            console.print(f"{each.path}: {counted(budget, 'query', 'queries')} per episode", soft_wrap=True)
            with Session.open(each, console) as session:
                outcome = session.play()
            yield outcome
            if outcome.unplayed:
                return


def _plans(plan: Plan, budgets: Sequence[int]) -> list[Plan]:
    """The plan of each run. Raises UsageError and RecordError when one of them cannot be played in this directory."""
    _refuse_other_directory(plan.path)
    there = {path: Run(path) for path in members(plan.path)}
    secrets = {run.secret for run in there.values()}
    if len(secrets) > 1:
        raise RecordError(f"the runs in {plan.path} have different secrets and do not pair: choose another --out")
    secret = plan.secret or next(iter(secrets), new_secret())
    paths = [member(plan.path, budget) for budget in budgets]
    plans = [
        replace(
            plan,
            path=path,
            config=plan.config.model_copy(update={"budget": budget}),
            together=tuple({*there, *paths}),
            secret=secret,
        )
        for budget, path in zip(budgets, paths, strict=True)
    ]
    for each in plans:
        if each.path in there:
            there[each.path].check(each.config, secret)
    return plans


def _refuse_other_directory(path: Path) -> None:
    """Raise UsageError for what is not empty and holds no runs of a series."""
    if (path / "run.json").exists():
        raise UsageError(f"{path} holds one run, and several budgets make several: choose another --out")
    try:
        foreign = path.is_dir() and not members(path) and any(home(entry) == entry for entry in path.iterdir())
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror}): choose another --out") from error
    if foreign:
        raise UsageError(f"{path} is not empty and holds no runs called budget-N: choose another --out")
