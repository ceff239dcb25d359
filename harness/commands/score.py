"""`findbench score`: rescore the stored interpretations of a run; no episode runs again."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from findbench.harness.commands import common, options
from findbench.harness.commands.command import command, option
from findbench.harness.exits import Exit
from findbench.harness.records import Run
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport


@command()
@click.argument("run", type=click.Path(path_type=Path))
@option("--concurrency", type=click.IntRange(1, 1024), default=2, metavar="N", help="The judge's requests at once.")
@options.judge
@options.judge_patience
@options.transport
def score(run: Path, concurrency: int, transport: Transport, **given: Any) -> Exit:
    """Score the stored interpretations of RUN again, with the same held-out inputs, and print the table.

    Episodes that ended in an infrastructure error stay without a score. What the judges give to the true, the empty
    and an instructing description is written to judges.json in RUN. The key of --judge-model comes from
    OPENAI_API_KEY.
    """
    from findbench.harness import versions
    from findbench.harness.lab.factory import LabFactory
    from findbench.harness.report.table import print_table
    from findbench.harness.report.tally import Tally
    from findbench.harness.scoring.judges.session import Judging, calibrate_run
    from findbench.harness.scoring.rescore import rescore_run

    settings = options.judge_settings(given)
    config = Run(run).config
    suite = common.suite_of_run(Run(run))
    with contextlib.ExitStack() as stack:
        judging = stack.enter_context(Judging(settings, concurrency=concurrency)) if settings else None
        if judging:
            judging.prepare()
        found = versions.collect(runtime=config.runtime, transport=transport)
        writing = stack.enter_context(Run.open_for_writing(run, config, found))
        labs = LabFactory(config.limits, runtime=config.runtime, transport=transport)
        rescored = rescore_run(writing, suite, lambda seed: labs.code_runner(seed=seed))
        echo(f"{rescored.changed} of {counted(rescored.total, 'score')} changed")
        if judging:
            echo(f"{counted(judging.judge(writing, suite), 'description')} judged")
        calibrate_run(writing, suite, judging)
        if judging:
            echo(judging)
        writing.close_session("rescored")
    print_table([Tally.of(Run(run))], Terminal())
    return Exit.OK
