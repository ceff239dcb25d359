"""One start of `findbench run`: open the run directory, schedule the episodes that are missing, play, judge, close."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import requests
from rich.console import Console

from findbench.harness import versions
from findbench.harness.errors import EngineError, ModelError
from findbench.harness.interpreters.base import Interpreter, Preflight, needs_of
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.lab.factory import LabFactory
from findbench.harness.model.client import ChatClient
from findbench.harness.records import Run
from findbench.harness.report.console import one_line
from findbench.harness.report.live import Totals, Watcher
from findbench.harness.sandbox import engine, ownership, sweep
from findbench.harness.sandbox.pool import Pool
from findbench.harness.scheduler import Scheduler, pending
from findbench.harness.schema.usage import Usage
from findbench.harness.schema.words import counted
from findbench.harness.scoring.judges.session import Judging, calibrate_run
from findbench.harness.stopping import stoppable

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.episode import Episode
    from findbench.harness.sandbox.backend import Transport
    from findbench.harness.schema.model import ModelSettings
    from findbench.harness.schema.records import RunConfig
    from findbench.harness.scoring.judges.table import JudgeSettings

MOST_POOLED = 32
LABS_EACH = 2
"""Containers of an episode: one for the experiments, one for the submitted code."""


@dataclass(frozen=True)
class Plan:
    """What a person asked for: what the run measures, and how this session goes about it."""

    path: Path
    """The run directory."""
    config: RunConfig
    functions: Sequence[Function]
    resume: str
    """The command that goes on with this run."""
    model: ModelSettings | None = None
    judge: JudgeSettings | None = None
    concurrency: int = 2
    """Episodes at once."""
    pool: int | None = None
    """Warm containers kept ready; None: with a model as many as episodes at once, MOST_POOLED at most, else none."""
    retry_failed: bool = False
    """Run episodes again that a model or an interpreter failed."""
    transport: Transport = "auto"
    """How labs are reached."""
    secret: str | None = None
    """What the run's seeds derive from; None: a new run draws one, a resumed one has one."""
    together: Sequence[Path] = ()
    """Other runs whose use of the model counts towards the same ceilings."""

    @property
    def pool_size(self) -> int:
        """`pool`, or what suits: containers start while a model thinks; without one there is nothing to wait for."""
        if self.pool is not None:
            return self.pool
        return min(self.concurrency, MOST_POOLED) if self.model else 0


@dataclass
class Outcome:
    """How a session ended."""

    run: Run
    unplayed: str | None = None
    """Why some episodes did not start: a ceiling was reached."""
    unjudged: str | None = None
    """Why some descriptions have no judgement."""
    infrastructure_errors: int = 0

    @property
    def complete(self) -> bool:
        """Every episode has a record that counts, and every judgement is there."""
        return not (self.unplayed or self.unjudged or self.infrastructure_errors)

    @property
    def reasons(self) -> list[str]:
        """Why it is not complete, one sentence each."""
        found = [why for why in (self.unplayed, self.unjudged) if why]
        if self.infrastructure_errors:
            found.append(
                f"{counted(self.infrastructure_errors, 'episode')} ended with an infrastructure error and without a "
                "score: the same command runs what is missing again"
            )
        return found


@dataclass
class Session:
    """Everything that is open while a run is played."""

    plan: Plan
    run: Run
    interpreter: Interpreter
    client: ChatClient | None
    judging: Judging | None
    console: Console
    """Where what goes on is told: stderr."""

    @classmethod
    @contextlib.contextmanager
    def open(cls, plan: Plan, console: Console) -> Iterator[Session]:
        """Open model, judge and interpreter, look at the engine, and only then create or resume the run directory.

        Raises UsageError, EngineError, RecordError; nothing was written then. When it ends, by an exception too, no
        container and no socket of this process is left.
        """
        with contextlib.ExitStack() as stack:
            spent = _spent({plan.path, *plan.together})
            client = stack.enter_context(ChatClient(plan.model, spent=spent)) if plan.model else None
            judging = stack.enter_context(Judging(plan.judge, concurrency=plan.concurrency)) if plan.judge else None
            interpreter = _load_interpreter(plan.config, client)
            found = _look_at_the_engine(plan.config.runtime, plan.transport)
            if needs := needs_of(interpreter):
                found["needs"] = ", ".join(sorted(needs))
            if client:
                found["model_server"] = client.settings.url
            if judging:
                found["judge"] = f"{judging.model} at {judging.client.settings.url}"
            sweep.sweep()
            run = stack.enter_context(Run.open_for_writing(plan.path, plan.config, found, secret=plan.secret))
            stack.enter_context(stoppable(plan.resume))
            stack.callback(_remove_own_labs)
            yield cls(plan, run, interpreter, client, judging, console)

    def play(self) -> Outcome:
        """Run what is missing, judge, and close the session in the run's records, whatever happens.

        Raises FatalModelError and EngineError when no episode can go on, KeyboardInterrupt when the person stops it.
        """
        ended = "stopped"
        try:
            episodes = pending(self.run, self.plan.functions, retry_failed=self.plan.retry_failed)
            self._prepare(episodes)
            with self._schedule(episodes) as (scheduler, watcher):
                with watcher.live() if self.console.is_terminal else contextlib.nullcontext():
                    unplayed = scheduler.run(episodes)
                unjudged = self._judge() if self.judging and not unplayed else None
            outcome = Outcome(self.run, unplayed, unjudged, watcher.totals.infrastructure)
            ended = "complete" if outcome.complete else "incomplete"
        except KeyboardInterrupt:
            ended = "interrupted"
            raise
        finally:
            self.run.close_session(ended)
        return outcome

    def _prepare(self, episodes: Sequence[Episode]) -> None:
        """Say what is to be done, and find out before the first episode whether the models can do it."""
        total = len(self.run.keys)
        if len(episodes) < total:
            done = total - len(episodes)
            one_line(
                self.console, f"{self.plan.path}: {counted(done, 'episode')} already ended, {len(episodes)} to run"
            )
        if episodes and isinstance(self.interpreter, Preflight):
            one_line(self.console, self.interpreter.prepare())
        if episodes and self.judging:
            self.judging.prepare()

    @contextlib.contextmanager
    def _schedule(self, episodes: Sequence[Episode]) -> Iterator[tuple[Scheduler, Watcher]]:
        """What plays `episodes`, and who tells of it; its pool of warm containers is closed at the end."""
        plan, config = self.plan, self.plan.config
        with contextlib.ExitStack() as stack:
            labs: dict[str, Any] = {"limits": config.limits, "runtime": config.runtime, "transport": plan.transport}
            pool = None
            if plan.pool_size and episodes:
                pool = stack.enter_context(Pool(plan.pool_size, expected=LABS_EACH * len(episodes), **labs))
            watcher = Watcher(len(self.run.keys), self._totals(episodes), self.console)

            def wake() -> None:
                for each in (self.client, pool):
                    if each is not None:
                        each.close()

            scheduler = Scheduler(
                self.run,
                self.interpreter,
                LabFactory(**labs, pool=pool),
                watcher,
                concurrency=plan.concurrency,
                check=self.client.ceilings.check if self.client else lambda: None,
                on_stop=wake,
            )
            yield scheduler, watcher

    def _totals(self, episodes: Sequence[Episode]) -> Totals:
        """The sums over what earlier sessions did and is not run again."""
        again = {(episode.function.id, episode.repeat) for episode in episodes}
        totals = Totals()
        for record in self.run.records():
            if (record.function, record.repeat) not in again:
                totals.add(record)
        return totals

    def _judge(self) -> str | None:
        """Judge what the model has not judged yet, and calibrate it; why that could not be done, if so."""
        functions = {function.id: function for function in self.plan.functions}
        assert self.judging is not None
        try:
            self.judging.judge(self.run, functions)
            calibrate_run(self.run, functions, self.judging)
        except ModelError as error:
            return f"some descriptions were not judged: the judge: {error}"
        finally:
            one_line(self.console, str(self.judging))
        return None


def _load_interpreter(config: RunConfig, client: ChatClient | None) -> Interpreter:
    if ":" in config.interpreter:
        sys.path.append(str(Path.cwd()))  # last, so that nothing of the person's hides a module of ours
    return load_interpreter(config.interpreter, config.settings, client)


def _look_at_the_engine(runtime: str, transport: Transport) -> dict[str, str]:
    """The versions of what the run rests on. Raises EngineError when there is no engine, runtime or image."""
    if not engine.has_runtime(runtime):
        raise EngineError(
            f"the engine has no runtime {runtime!r}: `findbench setup gvisor` installs runsc, else use runc"
        )
    return versions.collect(runtime=runtime, transport=transport)


def _spent(paths: Collection[Path]) -> Usage:
    """What earlier sessions of these runs used of their model, so that a ceiling holds for all of them together."""
    earlier = [record for path in paths if (path / "run.json").exists() for record in Run(path).records()]
    return sum((record.usage for record in earlier), Usage())


def _remove_own_labs() -> None:
    """Remove whatever container and socket directory of this process is left.

    A thread may have been starting one when the run was stopped, and an engine that restarted left the dead ones.
    """
    token = ownership.owner_token()
    with contextlib.suppress(EngineError, docker.errors.DockerException, requests.RequestException, OSError):
        client = engine.connect()
        for container in client.api.containers(all=True, filters={"label": f"{ownership.OWNER_LABEL}={token}"}):
            engine.remove_container(client, container["Id"])
    with contextlib.suppress(EngineError, OSError):
        shutil.rmtree(ownership.socket_root() / token, ignore_errors=True)
