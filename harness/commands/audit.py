"""`findbench audit SUITE`: prove that every function of a suite is sound."""

from __future__ import annotations

import sys

import click
from rich.progress import Progress
from rich.table import Table

from findbench.harness.commands.command import command, option
from findbench.harness.commands.common import load_suite
from findbench.harness.exits import Exit
from findbench.harness.report.console import Terminal
from findbench.harness.report.sanitise import clean_line
from findbench.harness.report.terminal import echo, echo_json
from findbench.harness.schema.words import counted


@command()
@click.argument("suite")
@option("--seed", default=99, type=click.IntRange(min=0), metavar="N", help="The audit's own inputs derive from it.")
@option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def audit(suite: str, as_json: bool, seed: int) -> Exit:
    """Check that every function of SUITE (find, mini, smoke, or a file) is sound. Exit code 1 when one is not."""
    from findbench.functions.audit import audit as run_audit

    loaded = load_suite(suite)
    bar = Progress(console=Terminal(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task("auditing", total=len(loaded))
        report = run_audit(loaded, seed=seed, progress=lambda: bar.advance(task))
    if as_json:
        echo_json(report.model_dump_json(indent=2))
    else:
        table = Table(title=f"suite {clean_line(report.suite)}  checksum {report.checksum[:12]}", title_justify="left")
        for heading in ("category", "functions", "variants", "regions not scored"):
            table.add_column(heading)
        for category, labels in report.counts.items():
            variants = ", ".join(f"{n} {label}" for label, n in sorted(labels.items()) if label != "total")
            table.add_row(category, str(labels["total"]), variants, str(report.dropped[category]))
        Terminal().print(table)
        for failure in report.failures:
            echo(f"{failure.function}: {failure.check}: {failure.reason}")
        checked = sum(report.checks.values())
        failures = counted(len(report.failures), "failure")
        echo(f"{counted(report.functions, 'function')}, {counted(checked, 'check')}, {failures}")
    return Exit.OK if report.sound else Exit.FAILED
