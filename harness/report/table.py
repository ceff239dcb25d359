"""The results table on a terminal, and the same as data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.functions.categories import in_order
from findbench.harness.report.figures import NOTES, PRIMARY, headings
from findbench.harness.report.labels import folded, labels, unique_suffixes
from findbench.harness.report.sanitise import clean_line

if TYPE_CHECKING:
    from findbench.harness.report.stats import Estimate
    from findbench.harness.report.tally import Row, Tally


def percent(estimate: Estimate | None, functions: int | None = None) -> str:
    """`85 [70–95]`: mean and interval in per cent; a dash when there is none.

    `85 [70–95] of 3`: it is the mean of 3 functions, and not of as many as the row has, `functions`.
    """
    if estimate is None:
        return "-"
    told = f"{100 * estimate.mean:.0f} [{100 * estimate.low:.0f}–{100 * estimate.high:.0f}]"
    return told if functions in (None, estimate.n) else f"{told} of {estimate.n}"


def _stacked(cell: str) -> str:
    """What `percent` gives on lines of its own: the mean, its interval, of how many functions."""
    return re.sub(r" (?=\[)|(?<=\]) ", "\n", cell)


def ordered_rows(tallies: Sequence[Tally]) -> dict[str, list[tuple[str, Row]]]:
    """Category -> its rows, each with its run's label: variant by variant, the runs side by side."""
    found: dict[str, dict[str, list[tuple[str, Row]]]] = {}
    for label, tally in zip(labels(tallies), tallies, strict=True):
        for row in tally.rows:
            found.setdefault(row.category, {}).setdefault(row.variant, []).append((label, row))
    return {name: [row for rows in found[name].values() for row in rows] for name in in_order(found)}


Columns = dict[str, list[str]]
"""Heading -> cells, one for each row."""
NARROW_LABEL = 12
"""Characters of a run's label on one line, where there is no room for all of it."""


def print_table(tallies: Sequence[Tally], console: Console) -> None:
    """One table for each category, with a blank line between them, then a line of counts for each run.

    Where it would be wider than the console, intervals stand below their means; where that is too wide too, scores,
    what repeats tell and what the episodes took stand in tables of their own, each with as many columns as fit.
    """
    for index, (category, rows) in enumerate(ordered_rows(tallies).items()):
        if index:
            console.print()
        for table in _layout(category, rows, console, several=len(tallies) > 1):
            console.print(table)
    console.print(Text(" ".join(legend(tallies)), style="dim"))
    for label, tally in zip(labels(tallies), tallies, strict=True):
        console.print(Text(f"{label} on {clean_line(tally.run.config.suite)}: {tally.summary}"))
        for calibration in tally.judges:
            console.print(Text(clean_line(str(calibration)), style="dim"))


def _layout(category: str, rows: Sequence[tuple[str, Row]], console: Console, *, several: bool) -> list[Table]:
    bare = [row for _, row in rows]
    parts = [_scores(bare), _repeats(bare), _effort(bare)]
    everything = {heading: cells for part in parts for heading, cells in part.items()}
    for narrow in (False, True):
        whole = _table(rows, everything, title=category, several=several, narrow=narrow)
        if fits(whole, console):
            return [whole]
    tables: list[Table] = []
    for part in parts:
        taken: Columns = {}
        for heading, cells in part.items():
            tried = taken | {heading: cells}
            title = "" if tables else category
            if taken and not fits(_table(rows, tried, title=title, several=several, narrow=True), console):
                tables.append(_table(rows, taken, title=title, several=several, narrow=True))
                tried = {heading: cells}
            taken = tried
        if taken:
            tables.append(_table(rows, taken, title="" if tables else category, several=several, narrow=True))
    return tables


def fits(table: Table, console: Console) -> bool:
    """Whether every cell of `table` can be shown whole."""
    unbounded = console.options.update(width=10_000)
    return table.__rich_measure__(console, unbounded).maximum <= console.width


def _scores(rows: Sequence[Row]) -> Columns:
    columns = {"n": [str(row.functions) for row in rows]}
    for name, heading in headings().items():
        if any(name in row.figures for row in rows):
            columns[heading] = [percent(row.figures.get(name), row.functions) for row in rows]
    return columns


def _repeats(rows: Sequence[Row]) -> Columns:
    columns = {}
    if any(row.reliability for row in rows):
        found = [(row.reliability, row.functions) for row in rows]
        columns["pass^k"] = [percent(each.all_pass if each else None, functions) for each, functions in found]
        columns["pass@k"] = [percent(each.any_pass if each else None, functions) for each, functions in found]
    if any(row.spread for row in rows):
        columns["± repeats"] = [spread_of(row) for row in rows]
    return columns


def spread_of(row: Row) -> str:
    """The standard deviation of the primary figure's mean between repeats, in per cent; a dash when there is none."""
    return next((f"{100 * row.spread[name]:.1f}" for name in PRIMARY if name in row.spread), "-")


def _effort(rows: Sequence[Row]) -> Columns:
    columns = {"no answer": [str(row.no_answer) for row in rows]}
    if any(row.infrastructure for row in rows):
        columns["infra"] = [str(row.infrastructure) for row in rows]
    columns["queries"] = [f"{row.queries:.0f}" for row in rows]
    columns["exp."] = [f"{row.experiments:.1f}" for row in rows]
    if any(row.tokens for row in rows):
        columns["tokens"] = [f"{row.tokens:,}" for row in rows]
    if any(row.cost is not None for row in rows):
        columns["cost"] = ["-" if row.cost is None else f"${row.cost:.2f}" for row in rows]
    return columns


def _table(labelled: Sequence[tuple[str, Row]], columns: Columns, *, title: str, several: bool, narrow: bool) -> Table:
    table = Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        header_style="bold",
        box=None,
        pad_edge=False,
        collapse_padding=narrow,
    )
    table.add_column("variant", no_wrap=True)
    if several:
        longest = max(len(label) for label, _ in labelled)
        width = min(longest, NARROW_LABEL) if narrow else longest
        table.add_column("interpreter", width=max(width, len("interpreter")), overflow="fold")
    for heading in columns:
        table.add_column(heading.replace(" ", "\n") if narrow else heading, justify="right", no_wrap=True)
    before = ""
    for index, (label, row) in enumerate(labelled):
        called = folded(label, NARROW_LABEL) if narrow else label
        keys = [row.variant if row.variant != before else "", *([called] if several else [])]
        before = row.variant
        cells = [_stacked(each[index]) if narrow else each[index] for each in columns.values()]
        table.add_row(*keys, *cells, style="bold" if row.variant == "all" else "")
    return table


def _estimates(row: Row) -> list[Estimate]:
    return [*row.figures.values(), *([row.reliability.all_pass, row.reliability.any_pass] if row.reliability else [])]


def legend(tallies: Sequence[Tally]) -> list[str]:
    """How to read the tables, in sentences: of columns that may puzzle only those that are there."""
    rows = [row for tally in tallies for row in tally.rows]
    repeats = {row.reliability.repeats for row in rows if row.reliability}
    repeated = any(row.spread for row in rows)
    told = [
        "Scores in per cent: mean over n functions [95 % interval: Wilson's for shares, a bootstrap for other means]."
    ]
    if any(found.n != row.functions for row in rows for found in _estimates(row)):
        told.append("Of: how many functions have the figure, where these are not all n.")
    told += [note for name, note in NOTES.items() if any(name in row.figures for row in rows)]
    if repeated:
        told.append("They are the expected scores of one episode: a function's repeats are averaged first.")
    if repeats:
        k = f"{repeats.pop()}" if len(repeats) == 1 else "the run's number of"
        told.append(
            f"pass^k: share of functions passed in all of k repeats, pass@k: in at least one (k: {k} repeats), among "
            "functions with all of them scored."
        )
    if repeated:
        told.append("± repeats: standard deviation of the mean of pass (or AUC) between repeats of the whole run.")
    return [*told, "Queries and experiments (exp.): mean per episode."]


def as_data(tallies: Sequence[Tally]) -> list[dict[str, Any]]:
    """What `report --json` prints: per run its configuration, counts and rows."""
    return [
        {
            "run": label,
            "config": tally.run.config.model_dump(mode="json"),
            "sessions": [session.model_dump(mode="json") for session in tally.run.info.sessions],
            "episodes": {"total": tally.total, "recorded": len(tally.records), "unfinished": tally.unfinished},
            "problems": [str(problem) for problem in tally.problems],
            "rows": [asdict(row) for row in tally.rows],
            "judges": [calibration.model_dump() for calibration in tally.judges],
        }
        for label, tally in zip(unique_suffixes([tally.run.path.resolve() for tally in tallies]), tallies, strict=True)
    ]
