"""Score against budget on a terminal: one table for each category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.harness.report.budgets import WHOLE, Section
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
        wide = _table(section, narrow=False)
        console.print(wide if fits(wide, console) else _table(section, narrow=True))
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
            if row.area.estimate is None:
                found.setdefault(row.area.reason, []).append(f"{section.category} {row.line.label}")
    return [f"No area for {', '.join(who)}: {reason}." for reason, who in found.items()]


def _table(section: Section, *, narrow: bool) -> Table:
    table = Table(
        header_style="bold",
        box=None,
        pad_edge=False,
        collapse_padding=narrow,
    )
    table.add_column("variant", no_wrap=True)
    longest = max(len(row.line.label) for row in section.rows)
    width = min(longest, NARROW_LABEL) if narrow else longest
    several = len(section.of_all) > 1
    if several:
        table.add_column("interpreter", width=max(width, len("interpreter")), overflow="fold")
    for heading in (*map(str, section.budgets), *(["area"] if section.has_area else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    before = ""
    for row in section.rows:
        cells = [percent(row.points.get(budget)) for budget in section.budgets]
        cells += [signed(row.area.estimate)] if section.has_area else []
        if narrow:
            cells = [cell.replace(" ", "\n") for cell in cells]
        label = folded(row.line.label, NARROW_LABEL) if narrow else row.line.label
        shown = row.variant if row.variant != before else ""
        table.add_row(shown, *([label] if several else []), *cells, style="bold" if row.variant == WHOLE else "")
        before = row.variant
    return table
