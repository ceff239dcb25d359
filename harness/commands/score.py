"""`findbench score`: rescore the stored interpretations of a run; no episode runs again."""

from __future__ import annotations

import contextlib
import json
from functools import partial
from pathlib import Path

import click

from functions.base import Function
from harness import versions
from harness.commands import common
from harness.interpreters import Interpretation
from harness.model import ChatClient, ModelSettings
from harness.orchestrate import Labs
from harness.records import EpisodeRecord, Run, storable, write_atomically
from harness.report.table import print_table
from harness.report.tally import Tally
from harness.scoring import Score, score_episode
from harness.scoring.judges import Judge, retrieval_judge
from harness.scoring.judges.calibrate import calibrate
from harness.scoring.judges.unit_test import UnitTestJudge
from harness.seeds import derive

CALIBRATED = 10
"""Functions of the run on which the judges are calibrated: known texts cost a model as much as submitted ones."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--model", help="Also judge descriptions by unit tests, with this model. Key: OPENAI_API_KEY.")
@click.option("--base-url", envvar="OPENAI_BASE_URL", help="An OpenAI-compatible server for --model.")
def score(run: Path, model: str | None, base_url: str | None) -> None:
    """Score the stored interpretations of RUN again, with the same held-out inputs, and print the table.

    Episodes that ended in an infrastructure error stay without a score. What the judges give to the true, the empty
    and an instructing description is written to judges.json in RUN.
    """
    read = Run(run)
    suite = common.suite_of_run(read)
    config = read.config
    labs = Labs(config.limits, runtime=config.runtime)
    with contextlib.ExitStack() as stack:
        judges: list[Judge] = [retrieval_judge()]
        tester = None
        if model:
            client = stack.enter_context(ChatClient(ModelSettings(model=model, base_url=base_url)))
            tester = UnitTestJudge(client)
            judges.append(tester)
        writing = stack.enter_context(Run.open_for_writing(run, config, versions.collect(runtime=config.runtime)))
        records = [record for record in writing.records() if record.status != "infrastructure_error"]
        changed = 0
        for record in records:
            made = _score(record, suite[record.function], labs, tester)
            if made != record.score:
                changed += 1
                writing.save(record.model_copy(update={"score": made}))
        functions = [suite[id_] for id_ in dict.fromkeys(record.function for record in records)][:CALIBRATED]
        if functions:
            known = [calibrate(judge, functions, seed=config.seed).model_dump() for judge in judges]
            write_atomically(run / "judges.json", json.dumps(known, indent=1) + "\n")
            for row in known:
                click.echo(
                    f"judge {row['judge']} on {row['functions']} functions: true description {row['true']:.2f}, "
                    f"empty {row['empty']:.2f}, instructing {row['instructing']:.2f}"
                )
        writing.close_session("rescored")
    click.echo(f"{changed} of {len(records)} scores changed")
    print_table([Tally.of(Run(run))], common.console())


def _score(record: EpisodeRecord, function: Function, labs: Labs, tester: Judge | None) -> Score:
    interpretation = record.interpretation or Interpretation()
    found = score_episode(
        function,
        interpretation,
        seed=record.seed,
        make_lab=partial(labs, None, seed=derive("score", record.seed)),
        queried=record.queried,
    )
    if tester is not None:
        share = tester.score(function, interpretation.description, seed=record.seed)
        found = found.model_copy(update={"unit_test": share})
    return Score.model_validate(storable(found.model_dump()))
