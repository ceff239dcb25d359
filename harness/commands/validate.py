"""`findbench validate`: are the scores of a suite sound? Right, wrong and nearly right answers through the scorer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.progress import Progress
from rich.table import Table

from findbench.functions.categories import CATEGORIES
from findbench.harness.commands import common, options
from findbench.harness.commands.command import Choice, command, option
from findbench.harness.exits import Exit
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo, echo_json

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport


@command()
@option("--suite", "name", default="mini", metavar="SUITE", help="A built-in suite, or a suite file.")
@option("--category", "categories", multiple=True, type=Choice(CATEGORIES), help="Repeatable. Default: all.")
@option(
    "--functions", "count", type=click.IntRange(min=1), metavar="N", help="The first N of each category. Default: all."
)
@option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="The held-out inputs derive from it.")
@option("--concurrency", type=click.IntRange(1, 64), default=2, metavar="N", help="Labs at once.")
@option(
    "--anchors",
    type=click.IntRange(min=0),
    default=5,
    metavar="N",
    help="Functions of each variant on which memoriser and known form are measured at five budgets.",
)
@options.transport
@option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def validate(
    name: str,
    categories: tuple[str, ...],
    count: int | None,
    seed: int,
    concurrency: int,
    anchors: int,
    as_json: bool,
    transport: Transport,
) -> Exit:
    """Score references, mutants and trivial fits on a suite. Exit code 1 when a target is missed."""
    from findbench.harness.lab.coderunner import CodeRunner
    from findbench.harness.scoring.validation import TARGETS, missed
    from findbench.harness.scoring.validation import validate as validate_functions

    functions = common.select(common.load_suite(name), categories=categories, count=count)
    with Progress(console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("validating", total=len(functions))
        results = validate_functions(
            functions,
            lambda: CodeRunner(transport=transport),
            seed=seed,
            concurrency=concurrency,
            anchors=anchors,
            done=lambda: progress.advance(task),
        )
    problems = missed(results)
    if as_json:
        rows = {
            group: {check: {"mean": mean, "functions": number} for check, (mean, number) in checks.items()}
            for group, checks in results.items()
        }
        echo_json(json.dumps({"suite": name, "results": rows, "missed": problems}, indent=1))
        return Exit.FAILED if problems else Exit.OK
    bounds = {target.check: f"{target.relation} {target.bound:g}" for target in TARGETS}
    table = Table("functions", "check", "mean", "number", "target")
    for group, checks in results.items():
        for check, (mean, number) in checks.items():
            table.add_row(group, check, f"{mean:.3f}", str(number), bounds.get(check, ""))
    Terminal().print(table)
    for line in problems:
        echo(f"missed: {line}")
    return Exit.FAILED if problems else Exit.OK
