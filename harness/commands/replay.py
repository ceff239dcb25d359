"""`findbench replay`: run an episode's experiments again and say whether the output is the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from findbench.harness.commands import common, options
from findbench.harness.commands.command import command
from findbench.harness.exits import Exit
from findbench.harness.records import Run
from findbench.harness.report.console import Terminal
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport


@command()
@click.argument("run_path", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("episode")
@options.transport
def replay(run_path: Path, episode: str, transport: Transport) -> Exit:
    """Run the recorded experiments of EPISODE of RUN again, in a new lab with the same seed.

    Exit code 1 when a stdout or a status is not what it was.
    """
    from findbench.harness.replay import replay as repetitions
    from findbench.harness.sandbox import sweep

    run = Run(run_path)
    record = common.find_record(run, episode)
    function = common.suite_of_run(run)[record.function]
    console = Terminal()
    sweep.sweep()
    identical = 0
    for each in repetitions(record, function, run.config, transport=transport):
        identical += each.identical
        used = f"{counted(each.result.queries, 'query', 'queries')}, {each.result.seconds:.3f} s"
        console.print(Text(f"experiment {each.number}: {each.verdict}, {used}"))
        for line in each.difference:
            console.print(Text(f"  {line}"))
    total = len(record.experiments)
    console.print(Text(f"{record.key}: {identical} of {counted(total, 'experiment')} identical"))
    return Exit.OK if identical == total else Exit.FAILED
