"""`findbench compare`: two runs, function by function; is the difference real?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from findbench.functions.categories import in_order
from findbench.harness.commands import common
from findbench.harness.errors import UsageError
from findbench.harness.records import Run
from findbench.harness.report.figures import FIGURES
from findbench.harness.report.stats import Estimate, estimate
from findbench.harness.report.table import names
from findbench.harness.report.tally import Tally, per_function


@dataclass(frozen=True)
class Difference:
    """One figure of one category (or `all`): second run minus first, over the functions that both have scored."""

    category: str
    figure: str
    first: float
    second: float
    difference: Estimate
    better: int
    """Functions on which the second run is better."""
    worse: int


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def compare(first: Path, second: Path, as_json: bool) -> None:
    """Pair the functions of run FIRST and run SECOND and say whether the difference is real (paired bootstrap)."""
    runs = Run(first), Run(second)
    if runs[0].config.suite_checksum != runs[1].config.suite_checksum:
        raise UsageError(f"{first} and {second} are on different suites: only runs of the same functions can be paired")
    tallies = [Tally.of(run) for run in runs]
    differences, paired, unpaired = pair(*tallies)
    if not paired:
        raise UsageError(f"{first} and {second} have no scored function in common: nothing can be paired")
    if as_json:
        data = [asdict(each) | {"real": each.difference.real} for each in differences]
        click.echo(json.dumps({"paired": paired, "unpaired": unpaired, "differences": data}, indent=1))
        return
    console = common.console()
    labels = list(names(tallies).values())
    if labels[0] == labels[1]:
        labels = [str(first), str(second)]
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("category")
    table.add_column("score")
    for heading in (*labels, "difference", "better", "worse"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for each in differences:
        change = each.difference
        table.add_row(
            each.category,
            FIGURES[each.figure],
            f"{100 * each.first:.1f}",
            f"{100 * each.second:.1f}",
            f"{100 * change.mean:+.1f} [{100 * change.low:+.1f}, {100 * change.high:+.1f}]",
            str(each.better),
            str(each.worse),
            verdict(change),
            style="" if change.real else "dim",
        )
    console.print(table)
    console.print(
        Text(f"{paired} functions paired, {unpaired} scored in one run only; per cent, 95 % paired bootstrap")
    )


def verdict(change: Estimate) -> str:
    """In words, whether the interval of a difference excludes zero."""
    if not change.real:
        return "not distinguishable"
    return "real: second is better" if change.mean > 0 else "real: first is better"


def pair(first: Tally, second: Tally) -> tuple[list[Difference], int, int]:
    """Differences by category and figure, how many functions were paired, and how many only one run has scored."""
    ours, theirs = per_function(first.records), per_function(second.records)
    both = sorted(set(ours) & set(theirs))
    names = in_order(id_.partition("/")[0] for id_ in both)
    groups = {name: [id_ for id_ in both if id_.startswith(f"{name}/")] for name in names}
    if len(groups) > 1:
        groups["all"] = both
    differences = []
    for category, ids in groups.items():
        for figure in FIGURES:
            pairs = [
                (ours[id_][figure], theirs[id_][figure])
                for id_ in ids
                if figure in ours[id_].keys() & theirs[id_].keys()
            ]
            change = estimate([b - a for a, b in pairs], name=f"compare/{category}/{figure}")
            if change is None:
                continue
            differences.append(
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
    return differences, len(both), len(set(ours) ^ set(theirs))
