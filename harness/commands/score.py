"""`findbench score`: rescore the stored interpretations of a run; no episode runs again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from harness import versions
from harness.commands import common
from harness.interpreters import Interpretation
from harness.orchestrate import Labs
from harness.records import Run, storable
from harness.report.table import print_table
from harness.report.tally import Tally
from harness.scoring import Score, score_episode
from harness.seeds import derive


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
def score(run: Path) -> None:
    """Score the stored interpretations of RUN again, with the same held-out inputs, and print the table.

    Episodes that ended in an infrastructure error stay without a score.
    """
    read = Run(run)
    suite = common.suite_of_run(read)
    config = read.config
    labs = Labs(config.limits, runtime=config.runtime)
    with Run.open_for_writing(run, config, versions.collect(runtime=config.runtime)) as writing:
        changed = 0
        for record in writing.records():
            if record.status == "infrastructure_error":
                continue
            found = score_episode(
                suite[record.function],
                record.interpretation or Interpretation(),
                seed=record.seed,
                make_lab=partial(labs, None, seed=derive("score", record.seed)),
                queried=record.queried,
            )
            made = Score.model_validate(storable(found.model_dump()))
            if made != record.score:
                changed += 1
                writing.save(record.model_copy(update={"score": made}))
        writing.close_session("rescored")
    click.echo(f"{changed} scores changed")
    print_table([Tally.of(Run(run))], common.console())
