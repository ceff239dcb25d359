"""The results table on a terminal, and the same as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.functions.categories import in_order
from findbench.harness.report.figures import FIGURES
from findbench.harness.report.labels import labels, unique_suffixes
from findbench.harness.report.sanitise import clean_line

if TYPE_CHECKING:
    from findbench.harness.report.stats import Estimate
    from findbench.harness.report.tally import Row, Tally

LEGEND = (
    "Scores in per cent: mean over n functions [95 % bootstrap interval]. Queries and experiments (exp.): mean per "
    "episode."
)


def percent(estimate: Estimate | None) -> str:
    """`85 [70–95]`: mean and interval in per cent; a dash when there is none."""
    if estimate is None:
        return "-"
    if estimate.n == 1:
        return f"{100 * estimate.mean:.0f}"
    return f"{100 * estimate.mean:.0f} [{100 * estimate.low:.0f}–{100 * estimate.high:.0f}]"


def ordered_rows(tallies: Sequence[Tally]) -> dict[str, list[tuple[str, Row]]]:
    """Category -> its rows, each with its run's label: variant by variant, the runs side by side."""
    found: dict[str, dict[str, list[tuple[str, Row]]]] = {}
    for label, tally in zip(labels(tallies), tallies, strict=True):
        for row in tally.rows:
            found.setdefault(row.category, {}).setdefault(row.variant, []).append((label, row))
    return {name: [row for rows in found[name].values() for row in rows] for name in in_order(found)}


def print_table(tallies: Sequence[Tally], console: Console) -> None:
    """One table for each category, then a line of counts for each run."""
    for category, rows in ordered_rows(tallies).items():
        console.print(_table(category, rows, several=len(tallies) > 1))
    console.print(Text(LEGEND, style="dim"))
    for label, tally in zip(labels(tallies), tallies, strict=True):
        console.print(Text(f"{label} on {clean_line(tally.run.config.suite)}: {tally.summary}"))
        for calibration in tally.judges:
            console.print(Text(clean_line(str(calibration)), style="dim"))


def _table(category: str, labelled: Sequence[tuple[str, Row]], *, several: bool) -> Table:
    rows = [row for _, row in labelled]
    shown = [name for name in FIGURES if any(name in row.figures for row in rows)]
    spread = any(row.spread for row in rows)
    tokens, cost = any(row.tokens for row in rows), any(row.cost is not None for row in rows)
    table = Table(
        title=Text(category, style="bold"), title_justify="left", header_style="bold", pad_edge=False, box=None
    )
    table.add_column("variant", no_wrap=True)
    if several:
        table.add_column("interpreter", no_wrap=True)
    headings = ["n", *(FIGURES[name] for name in shown), *(["± repeats"] if spread else [])]
    infrastructure = any(row.infrastructure for row in rows)
    headings += ["no answer", *(["infra"] if infrastructure else []), "queries", "exp."]
    headings += [*(["tokens"] if tokens else []), *(["cost"] if cost else [])]
    for heading in headings:
        table.add_column(heading, justify="right")
    variant = ""
    for label, row in labelled:
        cells = [row.variant if row.variant != variant else ""]
        variant = row.variant
        if several:
            cells.append(label)
        cells.append(str(row.functions))
        cells += [percent(row.figures.get(name)) for name in shown]
        if spread:
            cells.append(f"{100 * row.spread['pass']:.1f}" if "pass" in row.spread else "-")
        cells += [str(row.no_answer), *([str(row.infrastructure)] if infrastructure else [])]
        cells += [f"{row.queries:.0f}", f"{row.experiments:.1f}"]
        if tokens:
            cells.append(f"{row.tokens:,}")
        if cost:
            cells.append("-" if row.cost is None else f"${row.cost:.2f}")
        table.add_row(*cells, style="bold" if row.variant == "all" else "")
    return table


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
