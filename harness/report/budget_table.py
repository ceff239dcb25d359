"""Score against budget on a terminal: one table for each category."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import indent, wrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.harness.report.budgets import FRAME, WHOLE, Section
from findbench.harness.report.labels import folded
from findbench.harness.report.table import NARROW_LABEL, fits, percent
from findbench.harness.series import BUDGETS

if TYPE_CHECKING:
    from findbench.harness.report.stats import Estimate

LEGEND = (
    "Scores in per cent at each number of queries [95 % interval]. Area: the area above the memoriser, which is the "
    f"mean over the budgets {', '.join(map(str, BUDGETS))} of pass minus the memoriser's pass."
)


def print_sections(sections: Sequence[Section], console: Console) -> None:
    """A table for each, a legend, and why an interpreter has no area. Intervals stand below where it is narrow."""
    for section in sections:
        console.print(Text(section.title, style="bold"))
        for table in _layout(section, console):
            console.print(table)
            console.print()
    for line in [LEGEND, *reasons(sections)] if sections else []:
        console.print(Text(line, style="dim"))


def signed(estimate: Estimate | None) -> str:
    """`+12 [+3, +20]`: a difference and its interval in points of per cent; a dash when there is none."""
    if estimate is None:
        return "-"
    return f"{100 * estimate.mean:+.0f} [{100 * estimate.low:+.0f},{100 * estimate.high:+.0f}]"


def reasons(sections: Sequence[Section]) -> list[str]:
    """One line for each reason why there is no area, with those that it holds for."""
    found: dict[str, list[str]] = {}
    for section in sections:
        for row in section.of_all:
            if row.area.estimate is None and row.line.interpreter != FRAME:
                found.setdefault(row.area.reason, []).append(f"{section.category} {row.line.label}")
    return [f"No area for {', '.join(who)}: {reason}." for reason, who in found.items()]


def _layout(section: Section, console: Console) -> list[Table]:
    """One table, or, where even a narrow one has too many budgets for the console, one for each few of them."""
    budgets = section.budgets
    tables = [_table(section, budgets, narrow=False)]
    for size in range(len(budgets), 0, -1):
        if all(fits(table, console) for table in tables):
            break
        parts = [budgets[start : start + size] for start in range(0, len(budgets), size)]
        tables = [_table(section, part, narrow=True) for part in parts]
    return tables


def _table(section: Section, budgets: Sequence[int], *, narrow: bool) -> Table:
    """`narrow`: intervals stand below their means, and each variant above its interpreters."""
    table = Table(header_style="bold", box=None, pad_edge=False, collapse_padding=narrow)
    several = len(section.of_all) > 1
    stacked = several and narrow
    table.add_column("variant\n  interpreter" if stacked else "variant", no_wrap=True)
    if several and not stacked:
        table.add_column("interpreter", no_wrap=True)
    with_area = section.has_area and budgets[-1] == section.budgets[-1]
    for heading in ("n", *map(str, budgets), *(["area"] if with_area else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for variant, rows in groupby(section.rows, key=lambda row: row.variant):
        if stacked:
            table.add_row(Text(variant, style="bold"))
        for index, row in enumerate(rows):
            keys = ["" if index else variant, *([row.line.label] if several else [])]
            if stacked:
                keys = [_stacked_label(row.line.label)]
            cells = [row.functions, *(percent(row.points.get(budget)) for budget in budgets)]
            cells += [signed(row.area.estimate)] if with_area else []
            if narrow:
                cells = [cell.replace(" ", "\n") for cell in cells]
            table.add_row(*keys, *cells, style="bold" if variant == WHOLE else "")
    return table


def _stacked_label(label: str) -> str:
    """The label in lines of at most NARROW_LABEL characters, indented below its variant."""
    lines = [piece for line in folded(label, NARROW_LABEL).splitlines() for piece in wrap(line, NARROW_LABEL)]
    return indent("\n".join(lines), "  ")
