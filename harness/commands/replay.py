"""`findbench replay`: an episode's experiments again, in a new lab with the same seed; is the output the same?"""

from __future__ import annotations

import difflib
from pathlib import Path

import click
from rich.text import Text

from findbench.harness.commands import common
from findbench.harness.lab import Lab
from findbench.harness.records import Run
from findbench.harness.report.sanitise import clean_line
from findbench.harness.sandbox import ownership
from findbench.harness.sandbox.backend import Transport

EXIT_DIFFERENT = 1
UNREPEATABLE = frozenset({"timeout", "memory", "killed"})
"""What such an experiment had printed when it was cut depends on the machine's speed; its status is compared alone."""


@click.command()
@click.argument("run_path", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("episode")
@common.transport_option
def replay(run_path: Path, episode: str, transport: Transport) -> int:
    """Run the recorded experiments of EPISODE again and say whether every stdout is identical (exit code 1: not)."""
    run = Run(run_path)
    record = common.find_record(run, episode)
    function = common.function_of_record(run, record)
    console = common.console()
    ownership.sweep()
    config, different = run.config, 0
    with Lab(
        function,
        budget=config.budget,
        limits=config.limits,
        seed=record.seed,
        runtime=config.runtime,
        transport=transport,
    ) as lab:
        for number, experiment in enumerate(record.experiments, 1):
            # What an interpreter asked for beyond the limit used to be cut to it.
            limit = None if experiment.limit is None else min(experiment.limit, config.limits.seconds)
            result = lab.run(experiment.code, seconds=limit)
            comparable = experiment.status not in UNREPEATABLE
            same = result.status == experiment.status and (result.stdout == experiment.stdout or not comparable)
            different += not same
            verdict = "identical" if same and comparable else f"{result.status} again" if same else "DIFFERENT"
            console.print(Text(f"experiment {number}: {verdict}, {result.queries} queries, {result.seconds:.3f} s"))
            if not same:
                console.print(Text(_difference(experiment.status, experiment.stdout, result.status, result.stdout)))
    total = len(record.experiments)
    console.print(Text(f"{record.key}: {total - different} of {total} experiments identical"))
    return EXIT_DIFFERENT if different else 0


def _difference(status: str, stdout: str, status_now: str, stdout_now: str) -> str:
    """The first lines that differ, recorded (-) and now (+)."""
    lines = [f"  status {status} then, {status_now} now"] if status != status_now else []
    changes = difflib.ndiff(stdout.splitlines(), stdout_now.splitlines())
    lines += [f"  {clean_line(line)}" for line in changes if line[:1] in "-+"][:6]
    return "\n".join(lines)
