"""What a table calls a run: a name that no other run in it has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from findbench.harness.errors import UsageError
from findbench.harness.report.sanitise import clean_line

if TYPE_CHECKING:
    from findbench.harness.report.tally import Tally


def refuse_repeated(paths: Sequence[Path]) -> None:
    """Raise UsageError when two paths lead to one directory, whether by links or by another spelling."""
    for first, second in combinations(paths, 2):
        if first.resolve() == second.resolve() or (first.exists() and second.exists() and first.samefile(second)):
            told = str(first) if first == second else f"{first} and {second}"
            raise UsageError(f"the same run is given twice ({told}): name each run once")


def unique_suffixes(paths: Sequence[Path]) -> list[str]:
    """For each of several different absolute paths its shortest suffix of whole parts that no other one ends with.

    `/x/a/base` and `/x/b/base` are `a/base` and `b/base`; beside them `/x/a/line` is `line`.
    """
    return [
        next(
            (
                str(Path(*path.parts[-count:]))
                for count in range(1, len(path.parts))
                if all(other == path or other.parts[-count:] != path.parts[-count:] for other in paths)
            ),
            str(path),
        )
        for path in paths
    ]


def labels(tallies: Sequence[Tally]) -> list[str]:
    """What the tables call each run: its interpreter (with its model), or its path's end where that is ambiguous."""
    ends = [clean_line(end) for end in unique_suffixes([tally.run.path.resolve() for tally in tallies])]
    told = [clean_line(f"{tally.run.config.interpreter} {tally.run.config.model or ''}", limit=40) for tally in tallies]
    chosen = [end if told.count(label) > 1 else label for label, end in zip(told, ends, strict=True)]
    return chosen if len(set(chosen)) == len(chosen) else ends


def folded(label: str, width: int) -> str:
    """The label on lines of at most `width` characters, broken after colons, slashes, pluses and spaces alone."""
    lines = [""]
    for part in re.findall(r"[^:/+ ]*[:/+ ]|[^:/+ ]+", label):
        if lines[-1] and len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)
