"""`findbench score`: rescore the stored interpretations of a run; no episode runs again."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import click

from findbench.functions.base import Function
from findbench.harness import versions
from findbench.harness.commands import common
from findbench.harness.commands.judging import JUDGES, calibrate_run, open_judging
from findbench.harness.lab import LabFactory
from findbench.harness.records import Run
from findbench.harness.report.table import print_table
from findbench.harness.report.tally import Tally
from findbench.harness.sandbox.backend import Transport
from findbench.harness.schema import EpisodeRecord, Interpretation, Score
from findbench.harness.scoring import score_episode
from findbench.harness.seeds import derive


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@common.judge_options
@common.transport_option
@click.option("--max-reply-tokens", type=click.IntRange(min=1), help="Length of one reply of the judge.")
@click.option("--concurrency", type=click.IntRange(1, 1024), default=2, show_default=True, help="Requests at once.")
def score(
    run: Path,
    judges: tuple[str, ...],
    judge_model: str | None,
    judge_base_url: str | None,
    max_reply_tokens: int | None,
    concurrency: int,
    transport: Transport,
) -> None:
    """Score the stored interpretations of RUN again, with the same held-out inputs, and print the table.

    Episodes that ended in an infrastructure error stay without a score. What the judges give to the true, the empty
    and an instructing description is written to judges.json in RUN. The key of --judge-model: OPENAI_API_KEY.
    """
    read = Run(run)
    suite = common.suite_of_run(read)
    config = read.config
    labs = LabFactory(config.limits, runtime=config.runtime, transport=transport)
    with contextlib.ExitStack() as stack:
        judging = open_judging(
            stack, judges, judge_model, judge_base_url, concurrency=concurrency, max_reply_tokens=max_reply_tokens
        )
        if judging:
            judging.prepare()
        found = versions.collect(runtime=config.runtime, transport=transport)
        writing = stack.enter_context(Run.open_for_writing(run, config, found))
        records = [record for record in writing.records() if record.status != "infrastructure_error"]
        changed = 0
        for record in records:
            made = _score(record, suite[record.function], labs)
            if made != record.score:
                changed += 1
                writing.save(record.model_copy(update={"score": made}))
        click.echo(f"{changed} of {len(records)} scores changed")
        if judging:
            click.echo(f"{judging.judge(writing, suite)} descriptions judged")
        calibrate_run(writing, suite, judging)
        if judging:
            click.echo(judging)
        writing.close_session("rescored")
    print_table([Tally.of(Run(run))], common.console())


def _score(record: EpisodeRecord, function: Function, labs: LabFactory) -> Score:
    """The score anew; what a model said of the description is kept, for neither it nor the questions have changed."""
    interpretation = record.interpretation or Interpretation()
    found = score_episode(
        function,
        interpretation,
        seed=record.seed,
        make_lab=partial(labs.code_runner, seed=derive("score", record.seed)),
        queried=record.queried,
    )
    if record.score is not None:
        kept = [field for name in JUDGES for field in (name, f"{name}_model")]
        found = found.model_copy(update={field: getattr(record.score, field) for field in kept})
    return found
