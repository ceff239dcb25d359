"""`findbench run`: one interpreter on many functions, into one run directory; the same command resumes it."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
import docker
import requests
from rich.console import Console

from findbench.functions.base import Function
from findbench.functions.categories import CATEGORIES
from findbench.harness import versions
from findbench.harness.commands import common
from findbench.harness.errors import EngineError, ModelError
from findbench.harness.interpreters import Preflight, load_interpreter
from findbench.harness.interpreters.prompts import Prompts
from findbench.harness.lab import LabFactory
from findbench.harness.records import Run
from findbench.harness.report.live import Totals, Watcher
from findbench.harness.report.table import print_table
from findbench.harness.report.tally import Tally
from findbench.harness.sandbox import engine, ownership
from findbench.harness.sandbox.backend import Transport
from findbench.harness.sandbox.pool import Pool
from findbench.harness.scheduler import Scheduler, pending
from findbench.harness.schema import DEFAULT_BUDGET, InterpreterSettings, RunConfig, Usage

if TYPE_CHECKING:
    from findbench.harness.commands.judging import Judging
    from findbench.harness.model import ChatClient, ModelSettings

MOST_POOLED = 32
LABS_EACH = 2
"""Containers of an episode: one for the experiments, one for the submitted code."""
EXIT_INCOMPLETE = 1
"""The run stopped cleanly with episodes left: infrastructure errors, or a ceiling. The same command goes on."""


@click.command()
@click.argument("suite")
@click.option("--category", "categories", multiple=True, type=click.Choice(CATEGORIES), help="Repeatable; default all.")
@click.option("--functions", "count", type=click.IntRange(min=1), help="The first N of each category.")
@click.option("--ids", multiple=True, help="Functions by id, repeatable or with commas: numeric/0003,strings/0001.")
@click.option("--interpreter", required=True, help="A name (scientist, aia, milan, line, ...) or module:Class.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run directory. Default: runs/<time>-<interpreter>-<suite>."
)
@click.option("--concurrency", type=click.IntRange(1, 1024), default=2, show_default=True, help="Episodes at once.")
@click.option(
    "--pool",
    "pool_size",
    type=click.IntRange(0, 256),
    help="Warm containers kept ready. Default: with a model as many as --concurrency (32 at most), else 0.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Everything random derives from it.")
@click.option("--repeats", type=click.IntRange(1, 1000), default=1, help="Episodes a function, with different seeds.")
@click.option("--budget", type=click.IntRange(min=0), default=DEFAULT_BUDGET, show_default=True, help="Queries of f.")
@click.option("--rounds", type=click.IntRange(min=1), default=20, show_default=True, help="Replies of a model.")
@click.option("--prior", type=click.Choice(["none", "category", "families"]), default="category", show_default=True)
@click.option("--retry-failed", is_flag=True, help="On resume: also episodes that a model or interpreter failed.")
@common.transport_option
@common.limit_options
@common.model_options
@common.judge_options
def run(
    suite: str,
    categories: tuple[str, ...],
    count: int | None,
    ids: tuple[str, ...],
    interpreter: str,
    out: Path | None,
    concurrency: int,
    pool_size: int | None,
    retry_failed: bool,
    runtime: str,
    transport: Transport,
    **options: Any,
) -> int:
    """Study the functions of SUITE (smoke, mini, find) and score what was understood.

    A run that was killed or stopped goes on with the same command (give --out): finished episodes never run again.
    """
    chosen = common.load_suite(suite)
    wanted = [id_.strip() for value in ids for id_ in value.split(",") if id_.strip()]
    functions = common.select(chosen, categories=categories, count=count, ids=wanted)
    limits = common.make_limits(
        **{name: options[name] for name in ("seconds", "memory_mib", "cpus", "processes", "stdout_bytes")}
    )
    settings = InterpreterSettings(
        protocol=options["protocol"], code=not options["no_code"], prompts=options["prompts"]
    )
    model = _model_settings(options)
    config = RunConfig(
        suite=suite,
        suite_checksum=chosen.checksum,
        functions=tuple(function.id for function in functions),
        interpreter=interpreter,
        settings=settings,
        model=model.model if model else None,
        temperature=model.temperature if model else None,
        max_reply_tokens=model.max_reply_tokens if model else None,
        prompts_hash=Prompts(settings.prompts).version() if model else None,
        prior=options["prior"],
        seed=options["seed"],
        repeats=options["repeats"],
        budget=options["budget"],
        rounds=options["rounds"],
        limits=limits,
        runtime=runtime,
    )
    with contextlib.ExitStack() as stack:
        client = _client(model, out, stack)
        judging = _judging(options, concurrency, stack)
        if ":" in interpreter:
            sys.path.append(str(Path.cwd()))  # last, so that nothing of the person's hides a module of ours
        studying = load_interpreter(interpreter, settings, client)
        if not engine.has_runtime(runtime):
            raise EngineError(
                f"the engine knows no runtime {runtime!r}: `findbench setup gvisor` installs runsc, else use runc"
            )
        found = versions.collect(
            runtime=runtime, transport=transport
        )  # the engine and the image: before anything is written
        if model:
            found["model_server"] = model.url
        if judging:
            found["judge"] = f"{judging.model} at {judging.client.settings.url}"
        ownership.sweep()
        path = out or Path("runs") / _default_name(interpreter, chosen.name)
        run_ = stack.enter_context(Run.open_for_writing(path, config, found))
        stack.enter_context(_interruptible())
        stack.callback(_remove_own_labs)
        tasks = pending(run_, functions, retry_failed=retry_failed)
        if pool_size is None:  # they start while the model thinks; without one there is nothing to wait for
            pool_size = min(concurrency, MOST_POOLED) if model else 0
        pool = None
        if pool_size and tasks:
            expected = LABS_EACH * len(tasks)
            pool = stack.enter_context(
                Pool(pool_size, limits=limits, runtime=runtime, transport=transport, expected=expected)
            )
        labs = LabFactory(limits, runtime=runtime, transport=transport, pool=pool)
        watcher = Watcher(len(run_.keys), Totals(), Console(stderr=True, markup=False, emoji=False, highlight=False))
        scheduler = Scheduler(
            run_,
            studying,
            labs,
            watcher,
            concurrency=concurrency,
            check=client.ceilings.check if client else lambda: None,
            on_stop=lambda: _wake(client, pool),
        )
        again = {(task.function.id, task.repeat) for task in tasks}
        for record in run_.records():
            if (record.function, record.repeat) not in again:
                watcher.earlier.add(record)
        return _play(scheduler, tasks, watcher, run_, path, judging, functions)


def _play(
    scheduler: Scheduler,
    tasks: list[Any],
    watcher: Watcher,
    run_: Run,
    path: Path,
    judging: Judging | None,
    functions: Sequence[Function],
) -> int:
    """Play, judge, close the session whatever happens, show the table; the command's exit code."""
    console = watcher.console
    outcome, reached, unjudged = "stopped", None, None
    try:
        if len(tasks) < len(run_.keys):
            console.print(f"{path}: {len(run_.keys) - len(tasks)} episodes have ended before, {len(tasks)} to run")
        if tasks and isinstance(scheduler.interpreter, Preflight):
            console.print(scheduler.interpreter.prepare(), soft_wrap=True)
        if tasks and judging:
            judging.prepare()
        with watcher.live() if console.is_terminal else contextlib.nullcontext():
            reached = scheduler.run(tasks)
        if judging and not reached:
            unjudged = _judge(judging, run_, {function.id: function for function in functions}, console)
        outcome = "incomplete" if reached or unjudged or watcher.earlier.infrastructure else "complete"
    except KeyboardInterrupt:
        outcome = "interrupted"
        raise
    finally:
        run_.close_session(outcome)
    print_table([Tally.of(run_)], common.console())
    print(f"records: {path}/episodes    report: findbench report {path} --html")
    for why in (reached, unjudged):
        if why:
            console.print(why, soft_wrap=True)
    if watcher.earlier.infrastructure:
        console.print(
            f"{watcher.earlier.infrastructure} episodes ended with infrastructure errors and are not scored: "
            "the same command tries them again",
            soft_wrap=True,
        )
    return EXIT_INCOMPLETE if outcome == "incomplete" else 0


def _model_settings(options: dict[str, Any]) -> ModelSettings | None:
    if not options["model"]:
        return None
    from findbench.harness.model import (
        ModelSettings,  # the client's packages are slow to load: only who asks for a model
    )

    return ModelSettings(
        model=options["model"],
        base_url=options["base_url"],
        temperature=options["temperature"],
        max_reply_tokens=options["max_reply_tokens"],
        timeout_s=options["timeout"],
        retries=options["retries"],
        requests_per_minute=options["rpm"],
        tokens_per_minute=options["tpm"],
        max_tokens=options["max_tokens"],
        max_cost=options["max_cost"],
        prices=options["prices"],
    )


def _client(model: ModelSettings | None, out: Path | None, stack: contextlib.ExitStack) -> ChatClient | None:
    """The chat client, knowing what earlier sessions of the run have used, so that a ceiling holds for all of them."""
    if model is None:
        return None
    from findbench.harness.model import ChatClient

    spent = Usage()
    if out is not None and (out / "run.json").exists():
        spent = sum((record.usage for record in Run(out).records()), spent)
    return stack.enter_context(ChatClient(model, spent=spent))


def _judging(options: dict[str, Any], concurrency: int, stack: contextlib.ExitStack) -> Judging | None:
    """The judge, as patient and as quick as the model that is studied."""
    if not options["judge_model"]:
        return None
    from findbench.harness.commands.judging import open_judging

    return open_judging(
        stack,
        options["judges"],
        options["judge_model"],
        options["judge_base_url"] or options["base_url"],
        concurrency=concurrency,
        max_reply_tokens=options["max_reply_tokens"],
        timeout_s=options["timeout"],
        retries=options["retries"],
        requests_per_minute=options["rpm"],
        tokens_per_minute=options["tpm"],
        prices=options["prices"],
    )


def _judge(judging: Judging, run_: Run, functions: Mapping[str, Function], console: Console) -> str | None:
    """Judge what this model has not judged yet, and calibrate it; why that could not be done, if so."""
    from findbench.harness.commands.judging import calibrate_run

    try:
        judging.judge(run_, functions)
        calibrate_run(run_, functions, judging)
    except ModelError as error:
        return f"descriptions are left without a judgement: the judge: {error}; the same command goes on"
    finally:
        console.print(str(judging), soft_wrap=True)
    return None


def _wake(client: ChatClient | None, pool: Pool | None) -> None:
    if client is not None:
        client.close()
    if pool is not None:
        pool.close()


def _default_name(interpreter: str, suite: str) -> str:
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    return re.sub(r"[^A-Za-z0-9+.-]+", "-", f"{stamp}-{interpreter}-{suite}")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM stops as Ctrl-C does; during the clean-up that follows neither can interrupt again."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        print("findbench: stopping, removing the labs; the same command resumes", file=sys.stderr, flush=True)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _remove_own_labs() -> None:
    """Remove whatever container and socket directory of this process is left.

    A thread may have been starting one when the run was stopped, and an engine that restarted left the dead ones.
    """
    token = ownership.owner_token()
    with contextlib.suppress(EngineError, docker.errors.DockerException, requests.RequestException, OSError):
        client = engine.connect()
        for container in client.api.containers(all=True, filters={"label": f"{ownership.OWNER_LABEL}={token}"}):
            ownership.remove_container(client, container["Id"])
    with contextlib.suppress(EngineError, OSError):
        shutil.rmtree(ownership.socket_root() / token, ignore_errors=True)
