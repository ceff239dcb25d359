"""The comparison of two runs on a terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from findbench.harness.report.comparison import FEWEST_PAIRS, Comparison
from findbench.harness.report.figures import headings
from findbench.harness.report.labels import folded, labels
from findbench.harness.report.significance import LEVEL
from findbench.harness.report.table import fits
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from findbench.harness.report.comparison import Difference

NARROW_LABEL = 9
"""Characters of a run's label on one line, where there is no room for all of it."""

SECRETS = {
    True: "One secret: both runs had equal noise and held-out inputs.",
    False: "Two secrets: noise and held-out inputs differed (--secret-from RUN gives a run another's).",
    None: "Secrets not known: a run of findbench 0.1 has none. Noise and held-out inputs may have differed.",
}
"""Whether chance was the same in both runs."""


def print_comparison(compared: Comparison, console: Console) -> None:
    """The table, with the verdicts in a table of their own where they do not fit beside it, and how to read it.

    One sentence says that lines of too few pairs have no verdict; where these are all, there is no column of verdicts.
    """
    whole = _table(compared, narrow=False)
    if fits(whole, console):
        console.print(whole)
    else:
        console.print(_table(compared, narrow=True))
        if compared.judged:
            console.print()
            console.print(_verdicts(compared))
    for note in _notes(compared):
        console.print(Text(note))


def _table(compared: Comparison, *, narrow: bool) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False, collapse_padding=narrow)
    table.add_column("score", no_wrap=True)
    for label in labels([compared.first, compared.second]):
        told = folded(label, NARROW_LABEL) if narrow else label
        table.add_column(told, justify="right", overflow="fold", max_width=NARROW_LABEL if narrow else None)
    for heading in ("difference", "better\n/worse" if narrow else "better/worse", "n", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    if compared.judged:
        table.add_column("Holm", justify="right", no_wrap=True)
        if not narrow:
            table.add_column("verdict", no_wrap=True)
    for category, lines in groupby(compared.differences, key=lambda each: each.category):
        table.add_row(category, style="bold")
        for each in lines:
            change = each.difference
            cells = [
                f"  {_name(compared, each)}",
                f"{100 * each.first:.1f}",
                f"{100 * each.second:.1f}",
                f"{100 * change.mean:+.1f} [{100 * change.low:+.0f}, {100 * change.high:+.0f}]",
                f"{each.better}/{each.worse}",
                str(change.n),
                _p(each.p),
            ]
            if compared.judged:
                verdict = "-" if each.adjusted is None else each.verdict
                cells += [_p(each.adjusted)] if narrow else [_p(each.adjusted), verdict]
            table.add_row(*cells, style="" if each.winner else "dim")
    return table


def _verdicts(compared: Comparison) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    table.add_column("score", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for each in (line for line in compared.differences if line.adjusted is not None):
        name = f"{each.category} {_name(compared, each)}"
        table.add_row(name, each.verdict, style="" if each.winner else "dim")
    return table


def _name(compared: Comparison, line: Difference) -> str:
    return f"{headings()[line.figure]}{' *' if line is compared.primary else ''}"


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _notes(compared: Comparison) -> list[str]:
    """What the table rests on and how to read it, one line each."""
    told = [
        f"Paired: {counted(compared.paired, 'function')}; scored in one run only: {compared.unpaired}.",
        SECRETS[compared.one_secret],
        "Scores and differences in per cent. Difference: second run minus first [95 % bootstrap interval].",
        "Better/worse: on how many functions the second run is better, and on how many worse.",
        "p: McNemar's exact test where every score is 0 or 1, else a sign-flip test.",
    ]
    if any(each.better == each.worse == 0 for each in compared.differences):
        told.append("Where no function differs, the interval has a width all the same: other functions might differ.")
    if judged := compared.judged:
        told += [
            f"Holm: p corrected for {counted(judged, 'line')} with a verdict. A run is better where it is at most "
            f"{LEVEL}.",
            "Could have seen: the true difference, in points, that four of five such comparisons would show.",
        ]
    if not judged:
        told.append(f"Fewer than {FEWEST_PAIRS} pairs in every line: no verdicts.")
    elif judged < len(compared.differences):
        told.append(f"Lines of fewer than {FEWEST_PAIRS} pairs have no verdict.")
    if (primary := compared.primary) is not None:
        verdict = f": {primary.verdict}" if judged else ""
        told.append(f"* The primary figure, {headings()[primary.figure]} of {primary.category}{verdict}.")
    return told
