"""`findbench audit SUITE`: prove that every function of a suite is sound."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from findbench.harness.commands.common import load_suite


@click.command()
@click.argument("suite")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.option("--seed", default=99, show_default=True, type=click.IntRange(min=0), help="Draws the audit's own inputs.")
@click.pass_context
def audit(context: click.Context, suite: str, as_json: bool, seed: int) -> None:
    """Check every function of SUITE (find, mini, smoke, or a file); exit code 1 if any check fails."""
    from findbench.functions.audit import audit as run_audit  # numpy and the categories: loaded only by who needs them

    loaded = load_suite(suite)
    bar = Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task(f"audit {loaded.name}", total=len(loaded))
        report = run_audit(loaded, seed=seed, progress=lambda: bar.advance(task))
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        table = Table(title=f"suite {report.suite}  checksum {report.checksum[:12]}", title_justify="left")
        for heading in ("category", "functions", "variants"):
            table.add_column(heading)
        for category, labels in report.counts.items():
            variants = ", ".join(f"{n} {label}" for label, n in sorted(labels.items()) if label != "total")
            table.add_row(category, str(labels["total"]), variants)
        Console().print(table)
        for failure in report.failures:
            click.echo(f"{failure.function}: {failure.check}: {failure.reason}")
        checked = sum(report.checks.values())
        click.echo(f"{report.functions} functions, {checked} checks, {len(report.failures)} failures")
    context.exit(0 if report.sound else 1)
