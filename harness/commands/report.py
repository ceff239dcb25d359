"""`findbench report`: the results of one or several runs, from their records alone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from findbench.harness.commands import common
from findbench.harness.errors import UsageError
from findbench.harness.records import Run
from findbench.harness.report.table import as_data, print_table
from findbench.harness.report.tally import Tally


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@click.option("--html", "as_html", is_flag=True, help="Also write report.html into the first RUN.")
def report(runs: tuple[Path, ...], as_json: bool, as_html: bool) -> None:
    """Print the table of one or more RUNs side by side (baselines as anchors)."""
    if len({path.resolve() for path in runs}) < len(runs):
        raise UsageError("the same run is given twice: name each run once")
    tallies = [Tally.of(Run(path)) for path in runs]
    if as_html:
        from findbench.harness.report.html import write_html  # the template engine is loaded only by who needs it

        target = runs[0] / "report.html"
        write_html(tallies, target)
    if as_json:
        click.echo(json.dumps(as_data(tallies), indent=1))
        return
    print_table(tallies, common.console())
    if as_html:
        click.echo(f"wrote {target}")
