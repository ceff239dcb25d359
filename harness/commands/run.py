"""`findbench run`: one interpreter on many functions, into one run directory; the same command resumes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from findbench.functions.categories import CATEGORIES
from findbench.harness.commands import common, options
from findbench.harness.commands.command import Choice, Section, command, command_line, option
from findbench.harness.errors import UsageError
from findbench.harness.exits import Exit
from findbench.harness.interpreters.table import INTERPRETERS
from findbench.harness.report.console import Terminal, one_line
from findbench.harness.report.terminal import echo, say

if TYPE_CHECKING:
    from findbench.harness.run_session import Plan
    from findbench.harness.sandbox.backend import Transport

WHAT, HOW = "What to run", "How to run it"


def interpreter_notes() -> Iterable[Section]:
    """The interpreters that there are, for `--help`."""
    rows = [(name, entry.help) for name, entry in INTERPRETERS.items()]
    return [("Interpreters", [*rows, ("module:Class", "your own, importable from the current directory")])]


@command(notes=interpreter_notes)
@click.argument("suite")
@option("--interpreter", required=True, heading=WHAT, metavar="NAME", help="What studies the functions; see below.")
@option(
    "--category", "categories", multiple=True, heading=WHAT, type=Choice(CATEGORIES), help="Repeatable. Default: all."
)
@option(
    "--functions",
    "count",
    heading=WHAT,
    type=click.IntRange(min=1),
    metavar="N",
    help="The first N of each category. Default: all.",
)
@option(
    "--ids",
    multiple=True,
    heading=WHAT,
    metavar="ID,ID",
    help="These functions instead, such as numeric/0003,strings/0001 (repeatable).",
)
@options.budget
@options.measured
@options.secret
@option(
    "--out",
    heading=HOW,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The directory of the run, or of the runs. Default: runs/<time>-<interpreter>-<suite>.",
)
@option("--concurrency", heading=HOW, type=click.IntRange(1, 1024), metavar="N", default=2, help="Episodes at once.")
@option(
    "--pool",
    heading=HOW,
    type=click.IntRange(0, 256),
    metavar="N",
    help="Warm containers kept ready. Default: with a model as many as --concurrency, 32 at most; else none.",
)
@option("--retry-failed", heading=HOW, is_flag=True, help="On resume, also run episodes again that failed.")
@partial(options.transport, heading=HOW)
@options.limits
@options.interpreter
@options.model
@options.judge
@click.pass_context
def run(
    context: click.Context,
    /,
    suite: str,
    interpreter: str,
    categories: tuple[str, ...],
    count: int | None,
    ids: tuple[str, ...],
    budgets: tuple[int, ...],
    out: Path | None,
    concurrency: int,
    pool: int | None,
    retry_failed: bool,
    transport: Transport,
    **given: Any,
) -> Exit:
    """Study the functions of SUITE (smoke, mini, find, or a file) and score what was understood.

    A run that was stopped goes on with the same command and the same --out: an episode that has ended never runs
    again. Several budgets make several runs, one after the other; the same holds for all of them together.
    """
    model = options.model.make(given) if given["model"] else None
    uses_model = interpreter not in INTERPRETERS or INTERPRETERS[interpreter].needs_model
    if model and not uses_model:
        raise UsageError(f"interpreter {interpreter!r} uses no language model: leave out --model")
    if not model:
        options.refuse_without_model(given, interpreter, uses_model=uses_model)
    judge = options.judge_settings(given)
    secret = options.make_secret(given)
    chosen = common.load_suite(suite)
    functions = common.select(chosen, categories=categories, count=count, ids=ids or None)

    from findbench.harness.interpreters.prompts import Prompts
    from findbench.harness.run_session import Plan

    settings = options.interpreter.make(given)
    config = options.measured.make(
        given,
        budget=budgets[0] if len(budgets) == 1 else None,
        suite=suite,
        suite_checksum=chosen.checksum,
        functions=tuple(function.id for function in functions),
        interpreter=interpreter,
        settings=settings,
        model=model.model if model else None,
        temperature=model.temperature if model else None,
        max_reply_tokens=model.max_reply_tokens if model else None,
        prompts_hash=Prompts(settings.prompts).version() if model else None,
        limits=options.limits.make(given),
        seed=given["seed"],
    )
    path = out or Path("runs") / _default_name(interpreter, chosen.name)
    plan = Plan(
        path=path,
        config=config,
        functions=functions,
        resume=command_line(context, *(() if out else ("--out", str(path)))),
        model=model,
        judge=judge,
        concurrency=concurrency,
        pool=pool,
        retry_failed=retry_failed,
        transport=transport,
        secret=secret,
    )
    if config.seed is not None:
        say(options.GIVEN_UP.format(seed=config.seed))
    console = Terminal(stderr=True)
    try:
        complete = _play_series(plan, budgets, console) if len(budgets) > 1 else _play(plan, console)
    except KeyboardInterrupt:
        return Exit.STOPPED
    if not complete:
        one_line(console, f"to resume: {plan.resume}")
    return Exit.OK if complete else Exit.FAILED


def _play(plan: Plan, console: Console) -> bool:
    """Play one run and print its table. Returns whether it is complete."""
    from findbench.harness.report.table import print_table
    from findbench.harness.report.tally import Tally
    from findbench.harness.run_session import Session

    with Session.open(plan, console) as session:
        outcome = session.play()
    print_table([Tally.of(outcome.run)], Terminal())
    echo(f"records: {plan.path}/episodes    report: findbench report {plan.path} --html")
    for reason in outcome.reasons:
        one_line(console, reason)
    return outcome.complete


def _play_series(plan: Plan, budgets: Sequence[int], console: Console) -> bool:
    """Play a run for each budget and print one table of them all. Returns whether all are complete."""
    from findbench.harness.report.budget_table import print_sections
    from findbench.harness.report.budgets import sections
    from findbench.harness.report.tally import Tally
    from findbench.harness.series_session import play_series

    outcomes = list(play_series(plan, budgets, console))
    tallies = [Tally.of(outcome.run) for outcome in outcomes]
    print_sections(sections(tallies), Terminal())
    for tally in tallies:
        echo(f"{tally.run.name}: {tally.summary}")
    echo(f"records: {plan.path}/budget-*/episodes    report: findbench report {plan.path} --html")
    for outcome in outcomes:
        for reason in outcome.reasons:
            one_line(console, f"{outcome.run.path}: {reason}")
    return len(outcomes) == len(budgets) and all(outcome.complete for outcome in outcomes)


def _default_name(interpreter: str, suite: str) -> str:
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    return re.sub(r"[^A-Za-z0-9+.-]+", "-", f"{stamp}-{interpreter}-{suite}")
