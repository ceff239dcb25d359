"""`findbench attack`: run the attack suite against the person's own engine and print what each attack achieved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from findbench.harness.commands import options
from findbench.harness.commands.command import command, option
from findbench.harness.exits import Exit
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo_json
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.harness.attack_suite import SuiteReport
    from findbench.harness.sandbox.backend import Transport


@command()
@option("--runtime", default="runc", metavar="NAME", help="Container runtime to attack: runc, or runsc (gVisor).")
@options.transport
@option("--attack", "names", multiple=True, metavar="NAME", help="Only this one, such as A1 (repeatable).")
@option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def attack(runtime: str, transport: Transport, names: tuple[str, ...], as_json: bool) -> Exit:
    """Run every attack of the suite against labs on this machine's engine. Exit code 1 when one leaked."""
    from findbench.harness.attack_suite import run_attacks

    report = run_attacks(names, runtime=runtime, transport=transport)
    if as_json:
        echo_json(json.dumps(report.as_data(), indent=2))
    else:
        print_report(report, Terminal())
    return Exit.OK if report.holds else Exit.FAILED


def print_report(report: SuiteReport, console: Console) -> None:
    """One line for each attack, then the tests that failed, then the counts."""
    table = Table(title=f"Attacks under {report.runtime} over {report.transport}", title_justify="left")
    for column in ("", "attack", "tests", "verdict"):
        table.add_column(column)
    for name, outcome in report.outcomes.items():
        colour = "red" if outcome.verdict == "leaked" else "green"
        table.add_row(name, outcome.attack, str(outcome.variants), Text(outcome.verdict, style=colour))
    console.print(table)
    for name, outcome in report.outcomes.items():
        for test in outcome.failed:
            console.print(Text.assemble((name, "red"), f" {test}"))
    told = ", ".join(f"{report.counts[verdict]} {verdict}" for verdict in ("blocked", "neutralised", "leaked"))
    attacks = len(report.outcomes) - ("controls" in report.outcomes)
    console.print(f"{counted(attacks, 'attack')} in {counted(report.tests, 'test')}: {told}")
    if not report.completed:
        console.print("The suite did not run to its end: see what pytest printed on stderr.")
