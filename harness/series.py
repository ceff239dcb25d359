"""A series: runs that differ in their budget alone, in one directory, `budget-10`, `budget-20` and so on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

BUDGETS = (10, 20, 50, 100, 1000)
"""The budgets at which scores are compared: about twice the queries each time, and then as many as anybody needs."""

_NAME = re.compile(r"budget-([1-9][0-9]*)")


def member(path: Path, budget: int) -> Path:
    """The run directory with this budget in the series at `path`."""
    return path / f"budget-{budget}"


def home(run: Path) -> Path:
    """The directory by which a person knows a run: that of its series, or its own."""
    return run.parent if _NAME.fullmatch(run.name) else run


def members(path: Path) -> list[Path]:
    """The runs of the series at `path`, the smallest budget first; [] when that is no series."""
    if (path / "run.json").exists() or not path.is_dir():
        return []
    found = {int(match[1]): each for each in path.iterdir() if (match := _NAME.fullmatch(each.name))}
    return [found[budget] for budget in sorted(found) if (found[budget] / "run.json").is_file()]


def expanded(paths: Sequence[Path]) -> list[Path]:
    """`paths`, each series among them as its runs."""
    return [run for path in paths for run in members(path) or [path]]
