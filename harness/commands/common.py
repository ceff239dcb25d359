"""What the subcommands share: loading suites and runs with one-line errors, and the option groups of `run`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console

from findbench.functions.base import Function
from findbench.functions.categories import CATEGORIES
from findbench.functions.errors import SuiteError
from findbench.harness.errors import UsageError
from findbench.harness.records import Run
from findbench.harness.schema import EpisodeRecord, Limits

if TYPE_CHECKING:
    from findbench.functions.suites import Suite

F = TypeVar("F", bound=Callable[..., Any])


def load_suite(name: str) -> Suite:
    """The suite called `name` (or at that path). Raises UsageError instead of the package's own errors."""
    from findbench.functions.suites import load_suite as load  # the suites' code is loaded only by who needs it

    try:
        return load(name)
    except SuiteError as error:
        raise UsageError(" ".join(str(error).split())) from error


def select(suite: Suite, *, categories: Sequence[str], count: int | None, ids: Sequence[str]) -> list[Function]:
    """The functions that a person asked for, in the suite's order: by id, or the first `count` of each category.

    Raises UsageError for an unknown id, and for a choice that is empty.
    """
    if ids:
        unknown = [id_ for id_ in ids if id_ not in suite]
        if unknown:
            raise UsageError(
                f"suite {suite.name} has no function {unknown[0]!r}: `findbench suite ls {suite.name}` lists them"
            )
        wanted = set(ids)
        return [suite[id_] for id_ in suite if id_ in wanted]
    chosen: list[Function] = []
    for category in CATEGORIES:
        if not categories or category in categories:
            chosen += [suite[id_] for id_ in suite.ids(category)[:count]]
    if not chosen:
        raise UsageError(f"suite {suite.name} has no function of category {', '.join(categories)}")
    return chosen


def suite_of_run(run: Run) -> Suite:
    """The suite that a run is on. Raises UsageError when it is not the one that the run was made with."""
    suite = load_suite(run.config.suite)
    if suite.checksum != run.config.suite_checksum:
        raise UsageError(
            f"suite {run.config.suite} has changed since run {run.name} (checksum {suite.checksum[:12]}, "
            f"then {run.config.suite_checksum[:12]}): use the version of findbench that made the run"
        )
    return suite


def function_of_record(run: Run, record: EpisodeRecord) -> Function:
    """The hidden function of an episode, from the run's suite. Raises UsageError as `suite_of_run` does."""
    return suite_of_run(run)[record.function]


def find_record(run: Run, episode: str) -> EpisodeRecord:
    """The record that a person means by `numeric/0003`, `numeric/0003-r1` or the path of its file."""
    key = episode.removesuffix(".json").rpartition("episodes/")[2]
    return run.load(key)


WIDTH = 150
"""Columns of output that goes to a file or a pipe, where nothing says how wide the reader's window is."""


def console() -> Console:
    """Where a command's result goes: stdout, without guessing at markup or emoji in what it is given."""
    made = Console(markup=False, emoji=False, highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = WIDTH
    return made


def transport_option(command: F) -> F:
    """The option for how labs are reached, of every command that starts some."""
    return click.option(
        "--transport",
        type=click.Choice(["auto", "unix", "stdio"]),
        default="auto",
        show_default=True,
        envvar="FINDBENCH_TRANSPORT",
        show_envvar=True,
        help="How labs are reached: unix sockets, their stdin and stdout, or what works with the engine.",
    )(command)


def limit_options(command: F) -> F:
    """Options for `Limits`, with its defaults."""
    default = Limits()
    for option in (
        click.option("--stdout-bytes", type=int, default=default.stdout_bytes, help="Bytes of stdout an experiment."),
        click.option("--processes", type=int, default=default.processes, help="Processes in a lab."),
        click.option("--cpus", type=float, default=default.cpus, help="Processors' worth of time of a lab."),
        click.option("--memory-mib", type=int, default=default.memory_mib, help="MiB of memory of a lab."),
        click.option("--seconds", type=float, default=default.seconds, help="Seconds of one experiment."),
        click.option("--runtime", default="runc", help="Container runtime: runc, or runsc (gVisor)."),
    ):
        command = option(command)
    return command


def model_options(command: F) -> F:
    """Options for the language model and how the interpreters use it."""
    for option in (
        click.option("--tpm", type=click.IntRange(min=1), help="Tokens a minute, at most."),
        click.option("--rpm", type=click.IntRange(min=1), help="Requests a minute, at most."),
        click.option("--prices", type=click.Path(path_type=Path), help="Your own prices file."),
        click.option("--max-tokens", type=click.IntRange(min=1), help="Tokens of the whole run; then it stops."),
        click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), help="US dollars of the whole run."),
        click.option(
            "--timeout", type=click.FloatRange(min=0, min_open=True), default=300.0, help="Seconds a request."
        ),
        click.option("--retries", type=click.IntRange(min=0), default=8, help="Of a request that failed in passing."),
        click.option("--max-reply-tokens", type=click.IntRange(min=1), help="Length of one reply."),
        click.option("--prompts", type=click.Path(path_type=Path), help="Directory with your own prompt files."),
        click.option("--no-code", is_flag=True, help="The model only names inputs and gets values; it writes no code."),
        click.option("--protocol", type=click.Choice(["auto", "native", "text"]), default="auto", show_default=True),
        click.option("--temperature", type=click.FloatRange(0, 2), help="Default: the server's."),
        click.option("--base-url", envvar="OPENAI_BASE_URL", help="An OpenAI-compatible server."),
        click.option("--model", help="The server's name of the model. The key comes from OPENAI_API_KEY."),
    ):
        command = option(command)
    return command


def judge_options(command: F) -> F:
    """Options for the model that judges, which need not be the one that is studied."""
    for option in (
        click.option("--judge-base-url", help="The judge's server. Default: --base-url's, or OPENAI_BASE_URL."),
        click.option(
            "--judge",
            "judges",
            multiple=True,
            type=click.Choice(["unit_test", "prediction"]),
            default=("unit_test",),
            show_default=True,
            help="What --judge-model is asked: to choose outputs, or to predict them (repeatable).",
        ),
        click.option("--judge-model", help="Also judge descriptions with this model."),
    ):
        command = option(command)
    return command


def make_limits(**values: Any) -> Limits:
    """`Limits` from options. Raises UsageError that names the option."""
    from pydantic import ValidationError

    try:
        return Limits(**values)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise UsageError(f"{option} {first['input']}: {first['msg'].lower()}") from error
