"""The picture of a score against the budget: a line for each interpreter, with its intervals. Made of numbers only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from findbench.harness.report.budgets import Section

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 12, 28
DODGE = 6
"""Pixels between the interpreters at one budget, so that their intervals do not lie on each other."""
STYLES = (
    ("#0072b2", "none"),
    ("#d55e00", "7 3"),
    ("#009e73", "2 3"),
    ("#cc79a7", "9 3 2 3"),
    ("#e69f00", "4 2"),
    ("#56b4e9", "1 2"),
)
"""Colour and dashes of the lines, in turn. People with colour blindness tell these colours apart (Okabe and Ito 2008);
the dashes do the same where there is no colour."""
STYLE = Markup(
    ".against figure { margin: 0 0 .8rem; } .against svg.plot { width: 100%; max-width: 46rem; display: block; }"
    ".against .grid { stroke: var(--rule); } .against text { fill: var(--soft); font-size: 11px; }"
    ".against path { fill: none; stroke-width: 2; } .against .whisker { stroke-width: 1.5; opacity: .55; }"
    ".against .key-line { width: 26px; height: 10px; margin: 0 .3rem 0 .8rem; }"
    ".against .key-name { white-space: nowrap; } .against .whisker { stroke-dasharray: none; }"
) + Markup("").join(
    Markup(".line-{0} {{ stroke: {1}; stroke-dasharray: {2}; }}circle.line-{0} {{ fill: {1}; stroke: none; }}").format(
        index, colour, dashes
    )
    for index, (colour, dashes) in enumerate(STYLES)
)


def plot(section: Section) -> Markup:
    """The lines of the whole category, over a logarithmic scale of budgets."""
    budgets = section.budgets
    first, last = math.log1p(budgets[0]), math.log1p(budgets[-1])

    def across(budget: int) -> float:
        share = (math.log1p(budget) - first) / (last - first) if last > first else 0.5
        return LEFT + 24 + share * (WIDTH - LEFT - RIGHT - 48)

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value)

    parts = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(share):.1f}" y2="{down(share):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{down(share) + 4:.1f}" text-anchor="end">{100 * share:.0f}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    parts += [
        f'<text x="{across(budget):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{budget}</text>' for budget in budgets
    ]
    rows = section.of_all
    for index, row in enumerate(rows):
        line = f"line-{index % len(STYLES)}"
        aside = (index - (len(rows) - 1) / 2) * DODGE
        places = [(across(budget) + aside, point) for budget, point in row.points.items()]
        parts += [
            f'<line class="whisker {line}" x1="{x:.1f}" x2="{x:.1f}" '
            f'y1="{down(point.low):.1f}" y2="{down(point.high):.1f}"/>'
            f'<circle class="{line}" cx="{x:.1f}" cy="{down(point.mean):.1f}" r="3.5"/>'
            for x, point in places
        ]
        path = "L".join(f"{x:.1f} {down(point.mean):.1f}" for x, point in places)
        parts.append(f'<path class="{line}" d="M{path}"/>')
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="score against budget">'
        f"{''.join(parts)}</svg>"
    )


def key(index: int) -> Markup:
    """A piece of the line of the `index`-th interpreter, for the legend."""
    return Markup(
        '<svg class="key-line" viewBox="0 0 26 10" aria-hidden="true"><path class="line-{}" d="M1 5H25"/></svg>'
    ).format(index % len(STYLES))
