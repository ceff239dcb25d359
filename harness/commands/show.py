"""`findbench show`: print one episode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from findbench.functions.errors import SuiteError
from findbench.harness.commands import common
from findbench.harness.commands.command import command, option
from findbench.harness.errors import FindbenchError
from findbench.harness.exits import Exit
from findbench.harness.records import Run
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo_json

if TYPE_CHECKING:
    from findbench.functions.base import Function


@command()
@click.argument("run_path", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("episode")
@option("--pager/--no-pager", default=None, help="Default: a pager when stdout is a terminal.")
@option("--json", "as_json", is_flag=True, help="Print the record itself.")
def show(run_path: Path, episode: str, as_json: bool, pager: bool | None) -> Exit:
    """Print EPISODE (numeric/0003, or numeric/0003-r1 for a repeat) of RUN: transcript, submission, truth, score."""
    from findbench.harness.report.briefs import extras
    from findbench.harness.report.episode import print_episode
    from findbench.harness.report.pager import paged

    run = Run(run_path)
    record = common.find_record(run, episode)
    if as_json:
        echo_json(record.model_dump_json(indent=1))
        return Exit.OK
    truth: Function | str
    try:
        truth = common.suite_of_run(run)[record.function]
    except (FindbenchError, SuiteError, KeyError) as error:
        truth = f"the truth cannot be shown: {error}"  # a transcript is worth reading without it too
    console, held = Terminal(), extras(run.info)
    if pager or (pager is None and console.is_terminal):
        with paged(console):
            print_episode(console, record, truth, held=held)
    else:
        print_episode(console, record, truth, held=held)
    return Exit.OK
