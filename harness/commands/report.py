"""`findbench report`: the results of one or several runs, from their records alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from findbench.harness.commands import common
from findbench.harness.commands.command import command, option
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo, echo_json
from findbench.harness.series import expanded

if TYPE_CHECKING:
    from findbench.harness.exits import Exit


@command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path))
@option("--html", "as_html", is_flag=True, help="Also write report.html into the first RUN.")
@option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def report(runs: tuple[Path, ...], as_json: bool, as_html: bool) -> Exit:
    """Print the table of one or more RUNs side by side, for instance with baselines as anchors.

    A directory of runs with several budgets is all of its runs; what they score against their budget follows then.

    A record that cannot be read is named on stderr and left out; the exit code is then 1.
    """
    from findbench.harness.report import budget_table, budgets
    from findbench.harness.report.table import as_data, print_table

    tallies = common.tallies(expanded(runs))
    if as_html:
        from findbench.harness.report.html import write_html

        shown = len(expanded(runs[:1])) - 1  # of a series the run with the largest budget
        write_html(tallies, runs[0] / "report.html", main=tallies[shown])
    if as_json:
        added = budgets.as_data(tallies)
        echo_json(json.dumps([run | more for run, more in zip(as_data(tallies), added, strict=True)], indent=1))
    else:
        print_table(tallies, Terminal())
        if several := [section for section in budgets.sections(tallies) if section.has_several]:
            echo()
            budget_table.print_sections(several, Terminal())
        if as_html:
            echo(f"wrote {runs[0] / 'report.html'}")
    return common.warn_of_problems(tallies)
