"""What the subcommands share: suites, functions and runs that a person names, and what cannot be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from findbench.functions.errors import SuiteError
from findbench.harness.commands.command import did_you_mean
from findbench.harness.errors import UsageError
from findbench.harness.exits import Exit
from findbench.harness.records import Run
from findbench.harness.report.terminal import say

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.functions.suites.suite import Suite
    from findbench.harness.report.tally import Tally
    from findbench.harness.schema.records import EpisodeRecord


def load_suite(name: str) -> Suite:
    """The suite called `name` (or at that path). Raises UsageError instead of the package's own errors."""
    from findbench.functions.suites.builtin import BUILTIN
    from findbench.functions.suites.builtin import load_suite as load

    try:
        return load(name)
    except SuiteError as error:
        what = " ".join(str(error).split())
        meant = did_you_mean(name, BUILTIN)
        raise UsageError(f"{what}.{meant}" if meant else what) from error


def select(
    suite: Suite, *, categories: Collection[str] = (), count: int | None = None, ids: Sequence[str] | None = None
) -> list[Function]:
    """The functions that a person asked for, in the suite's order: by id, or the first `count` of each category.

    `ids`: each may hold several, with commas; None when the option was not given. Raises UsageError for what
    contradicts itself, for an unknown id, and for a choice that is empty.
    """
    if ids is not None:
        return _select_ids(suite, _split(ids), categories, count)
    wanted = [category for category in suite.counts if not categories or category in categories]
    chosen = [suite[id_] for category in wanted for id_ in suite.ids(category)[:count]]
    if not chosen:
        raise UsageError(f"suite {suite.name} has no function of category {', '.join(categories)}")
    return chosen


def _split(ids: Sequence[str]) -> list[str]:
    return [id_.strip() for value in ids for id_ in value.split(",") if id_.strip()]


def _select_ids(suite: Suite, ids: Sequence[str], categories: Collection[str], count: int | None) -> list[Function]:
    if not ids:
        raise UsageError("--ids names no function: give ids such as numeric/0003, or leave the option out")
    if count is not None:
        raise UsageError("--functions and --ids contradict each other: --ids already says which functions")
    for id_ in ids:
        if id_ not in suite:
            raise UsageError(
                f"suite {suite.name} has no function {id_!r}: `findbench suite ls {suite.name}` lists them."
                f"{did_you_mean(id_, suite)}"
            )
        if categories and id_.partition("/")[0] not in categories:
            raise UsageError(f"--ids {id_} and --category {', '.join(categories)} contradict each other")
    wanted = set(ids)
    return [suite[id_] for id_ in suite if id_ in wanted]


def suite_of_run(run: Run) -> Suite:
    """The suite that a run is on. Raises UsageError when it is not the one that the run was made with."""
    suite = load_suite(run.config.suite)
    if suite.checksum != run.config.suite_checksum:
        raise UsageError(
            f"suite {run.config.suite} has changed since run {run.name} was made (checksum {suite.checksum[:12]}, "
            f"then {run.config.suite_checksum[:12]}): use the version of findbench that made the run"
        )
    return suite


def find_record(run: Run, episode: str) -> EpisodeRecord:
    """The record that a person means by `numeric/0003`, `numeric/0003-r1` or the path of its file."""
    key = episode.removesuffix(".json").rpartition("episodes/")[2]
    return run.load(key)


def tallies(paths: Sequence[Path]) -> list[Tally]:
    """The runs at `paths`, read and summed up. Raises UsageError when one is none, or is given twice."""
    from findbench.harness.report.labels import refuse_repeated
    from findbench.harness.report.tally import Tally

    runs = [Run(path) for path in paths]
    refuse_repeated(paths)
    return [Tally.of(run) for run in runs]


def warn_of_problems(tallies: Sequence[Tally]) -> Exit:
    """Name on stderr what could not be read; the exit code of a command that went on without it."""
    problems = [problem for tally in tallies for problem in tally.problems]
    for problem in problems:
        say(f"left out: {problem}")
    return Exit.FAILED if problems else Exit.OK
