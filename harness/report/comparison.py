"""Two runs, function by function: how much better is the second, and is that more than chance would give?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.functions.categories import in_order
from findbench.harness.errors import UsageError
from findbench.harness.report.figures import headings
from findbench.harness.report.labels import folded, labels
from findbench.harness.report.stats import Estimate, estimate
from findbench.harness.report.table import fits
from findbench.harness.report.tally import Tally, per_function
from findbench.harness.schema.words import counted

NARROW_LABEL = 9
"""Characters of a run's label on one line, where there is no room for all of it."""
ALL = "all"
"""In place of a category: all of them together."""


@dataclass(frozen=True)
class Difference:
    """One figure of one category (or ALL): second run minus first, over the functions that both have scored."""

    category: str
    figure: str
    first: float
    second: float
    difference: Estimate
    better: int
    """Functions on which the second run is better."""
    worse: int

    @property
    def winner(self) -> str | None:
        """`first` or `second`, where the interval excludes zero; None where it does not."""
        if not self.difference.excludes_zero:
            return None
        return "second" if self.difference.mean > 0 else "first"

    @property
    def verdict(self) -> str:
        """The winner in words, for `--json`."""
        if self.winner is None:
            return "no difference shown (95 % interval includes 0)"
        return f"{self.winner} better (95 % interval excludes 0)"


@dataclass(frozen=True)
class Comparison:
    """Two runs on one suite, paired by function (repeats of a function are averaged first)."""

    first: Tally
    second: Tally
    differences: tuple[Difference, ...]
    paired: int
    """Functions that both runs have scored."""
    unpaired: int
    """Functions that only one of them has scored."""

    @classmethod
    def of(cls, first: Tally, second: Tally) -> Comparison:
        """Pair two runs. Raises UsageError when they are on different suites or have no function in common."""
        if first.run.config.suite_checksum != second.run.config.suite_checksum:
            raise UsageError(
                f"{first.run.path} and {second.run.path} are on different suites: only runs of the same functions can "
                "be paired"
            )
        ours, theirs = per_function(first.records), per_function(second.records)
        both = sorted(set(ours) & set(theirs))
        if not both:
            raise UsageError(
                f"{first.run.path} and {second.run.path} have no scored function in common: nothing can be paired"
            )
        return cls(first, second, tuple(_differences(ours, theirs, both)), len(both), len(set(ours) ^ set(theirs)))

    @property
    def one_secret(self) -> bool:
        """Whether noise and held-out inputs of a function were equal in both runs (repeats too)."""
        secret = self.first.run.info.secret
        return secret is not None and secret == self.second.run.info.secret

    def print(self, console: Console) -> None:
        """The table, and a line that says what it rests on."""
        table = self._table(None)
        console.print(table if fits(table, console) else self._table(NARROW_LABEL))
        console.print(
            Text(
                "One secret: both runs had equal noise and held-out inputs."
                if self.one_secret
                else "Two secrets: noise and held-out inputs differed (--secret-from RUN gives a run another's)."
            )
        )
        console.print(
            Text(
                f"Paired: {counted(self.paired, 'function')}; scored in one run only: {self.unpaired}. Scores in per "
                "cent; difference: second run minus first [95 % interval, paired bootstrap]; better, worse: functions "
                "on which the second run is better or worse. First or second better: the interval excludes 0."
            )
        )

    def _table(self, label_width: int | None) -> Table:
        """`label_width`: characters of a run's label on one line; None: as many as it has."""
        table = Table(header_style="bold", box=None, pad_edge=False, collapse_padding=label_width is not None)
        table.add_column("score", no_wrap=True)
        for heading in labels([self.first, self.second]):
            told = folded(heading, label_width) if label_width else heading
            table.add_column(told, justify="right", overflow="fold", max_width=label_width)
        for heading in ("difference", "better", "worse"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)
        for category, differences in groupby(self.differences, key=lambda each: each.category):
            table.add_row(category, style="bold")
            for each in differences:
                change = each.difference
                table.add_row(
                    f"  {headings()[each.figure]}",
                    f"{100 * each.first:.1f}",
                    f"{100 * each.second:.1f}",
                    f"{100 * change.mean:+.1f} [{100 * change.low:+.0f}, {100 * change.high:+.0f}]",
                    str(each.better),
                    str(each.worse),
                    f"{each.winner} better" if each.winner else "-",
                    style="" if each.winner else "dim",
                )
        return table

    def as_data(self) -> dict[str, Any]:
        """What `compare --json` prints."""
        return {
            "one_secret": self.one_secret,
            "paired": self.paired,
            "unpaired": self.unpaired,
            "differences": [
                asdict(each) | {"excludes_zero": each.difference.excludes_zero, "verdict": each.verdict}
                for each in self.differences
            ],
        }


def _differences(
    ours: Mapping[str, Mapping[str, float]], theirs: Mapping[str, Mapping[str, float]], both: Sequence[str]
) -> list[Difference]:
    names = in_order(id_.partition("/")[0] for id_ in both)
    groups = {name: [id_ for id_ in both if id_.startswith(f"{name}/")] for name in names}
    if len(groups) > 1:
        groups[ALL] = list(both)
    found = []
    for category, ids in groups.items():
        for figure in headings():
            pairs = [
                (ours[id_][figure], theirs[id_][figure])
                for id_ in ids
                if figure in ours[id_].keys() & theirs[id_].keys()
            ]
            change = estimate([b - a for a, b in pairs], name=f"compare/{category}/{figure}")
            if change is not None:
                found.append(
                    Difference(
                        category=category,
                        figure=figure,
                        first=sum(a for a, _ in pairs) / len(pairs),
                        second=sum(b for _, b in pairs) / len(pairs),
                        difference=change,
                        better=sum(b > a for a, b in pairs),
                        worse=sum(b < a for a, b in pairs),
                    )
                )
    return found
