"""The results table on a terminal, and the same as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.functions.categories import in_order
from findbench.harness.report.figures import FIGURES
from findbench.harness.report.sanitise import clean_line
from findbench.harness.report.stats import Estimate
from findbench.harness.report.tally import Row, Tally

LEGEND = "scores in per cent: mean over n functions [95 % bootstrap interval]; queries, experiments: mean an episode"


def percent(estimate: Estimate | None) -> str:
    """`85 [70–95]`: mean and interval in per cent; a dash when there is none."""
    if estimate is None:
        return "-"
    if estimate.n == 1:
        return f"{100 * estimate.mean:.0f}"
    return f"{100 * estimate.mean:.0f} [{100 * estimate.low:.0f}–{100 * estimate.high:.0f}]"


def ordered_rows(tallies: Sequence[Tally]) -> dict[str, list[Row]]:
    """Category -> its rows, variant by variant, the runs side by side; in the order of the categories."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in (row for tally in tallies for row in tally.rows):
        found.setdefault(row.category, {}).setdefault(row.variant, []).append(row)
    return {name: [row for rows in found[name].values() for row in rows] for name in in_order(found)}


def names(tallies: Sequence[Tally]) -> dict[str, str]:
    """Run -> what the table calls it: the interpreter (with its model), or the run's name where that is ambiguous."""
    labels = {}
    for tally in tallies:
        config = tally.run.config
        labels[tally.run.name] = f"{config.interpreter} {config.model}" if config.model else config.interpreter
    ambiguous = {label for label in labels.values() if list(labels.values()).count(label) > 1}
    return {run: clean_line(run if label in ambiguous else label, limit=40) for run, label in labels.items()}


def print_table(tallies: Sequence[Tally], console: Console) -> None:
    """One table a category, then a line of counts for each run."""
    labels = names(tallies)
    for category, rows in ordered_rows(tallies).items():
        console.print(_table(category, rows, labels, several=len(tallies) > 1))
    console.print(Text(LEGEND, style="dim"))
    for tally in tallies:
        console.print(Text(f"{labels[tally.run.name]} on {clean_line(tally.run.config.suite)}: {tally.summary}"))
        for calibration in tally.judges:
            console.print(Text(clean_line(str(calibration)), style="dim"))


def _table(category: str, rows: Sequence[Row], labels: dict[str, str], *, several: bool) -> Table:
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
    for row in rows:
        cells = [row.variant if row.variant != variant else ""]
        variant = row.variant
        if several:
            cells.append(labels[row.run])
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
            "run": tally.run.name,
            "config": tally.run.config.model_dump(mode="json"),
            "sessions": [session.model_dump(mode="json") for session in tally.run.info.sessions],
            "episodes": {"total": tally.total, "recorded": len(tally.records), "unfinished": tally.unfinished},
            "rows": [asdict(row) for row in tally.rows],
            "judges": [calibration.model_dump() for calibration in tally.judges],
        }
        for tally in tallies
    ]
