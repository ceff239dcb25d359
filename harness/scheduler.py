"""Many episodes at once: start what is missing, retry what broke, stop cleanly, tell an observer."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, overload

from findbench.functions.base import Function
from findbench.harness.episode import Cancelled, MakeLab, Task, infrastructure_record, run_episode
from findbench.harness.errors import BudgetReached, EngineError, InfrastructureError
from findbench.harness.interpreters import Interpreter
from findbench.harness.lab import CodeRunner, Lab
from findbench.harness.records import Run
from findbench.harness.sandbox.backend import Transport
from findbench.harness.sandbox.pool import Pool
from findbench.harness.schema import EpisodeRecord, Event, Limits, episode_key

ATTEMPTS = 3
"""Labs that an episode may break, or that may break under it, before it is recorded as an infrastructure error."""
RETRY_SECONDS = (1.0, 10.0)
"""Pauses before the second and the third attempt: an engine that restarts, with many containers, takes its time."""
STOP_SECONDS = 20.0
"""How long a stop waits for the running episodes to let go of their labs."""


class Observer(Protocol):
    """Is told what happens, from many threads, one call at a time for each episode."""

    def started(self, key: str, attempt: int) -> None:
        """An attempt at an episode began."""

    def event(self, key: str, event: Event) -> None:
        """An experiment ended or an interpreter left a note."""

    def retrying(self, key: str, error: Exception, attempt: int) -> None:
        """This attempt broke; another follows."""

    def ended(self, record: EpisodeRecord) -> None:
        """The record is on disk."""


class Labs:
    """Makes labs for a run and knows those that are open, so that a stop can close them all."""

    def __init__(
        self, limits: Limits, *, runtime: str = "runc", transport: Transport = "auto", pool: Pool | None = None
    ) -> None:
        self.limits, self.runtime, self.transport, self.pool = limits, runtime, transport, pool
        self._open: weakref.WeakSet[Lab | CodeRunner] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._stopped = False

    @overload
    def __call__(self, function: Function, *, seed: int = 0, budget: int = 0) -> Lab: ...

    @overload
    def __call__(self, function: None, *, seed: int = 0) -> CodeRunner: ...

    def __call__(self, function: Function | None, *, seed: int = 0, budget: int = 0) -> Lab | CodeRunner:
        """A lab (without a function: a code runner) that has not started yet. Raises Cancelled after `stop`."""
        with self._lock:
            if self._stopped:
                raise Cancelled
            options: dict[str, Any] = {
                "limits": self.limits,
                "seed": seed,
                "runtime": self.runtime,
                "transport": self.transport,
                "pool": self.pool,
            }
            lab = CodeRunner(**options) if function is None else Lab(function, budget=budget, **options)
            self._open.add(lab)
            return lab

    def stop(self) -> None:
        """Close every lab, and make no more. May be called again."""
        with self._lock:
            self._stopped = True
            labs = list(self._open)
        for lab in labs:
            lab.close()


def pending(run: Run, functions: Sequence[Function], *, retry_failed: bool = False) -> list[Task]:
    """Episodes without a record, or whose record is an infrastructure error (`retry_failed`: any failure)."""
    again = {"infrastructure_error", "model_error", "interpreter_error"} if retry_failed else {"infrastructure_error"}
    done = {record.key for record in run.records() if record.status not in again}
    return [
        Task(function, repeat, run.config)
        for repeat in range(run.config.repeats)
        for function in functions
        if episode_key(function.id, repeat) not in done
    ]


@dataclass
class Scheduler:
    """Plays the missing episodes of a run on `concurrency` threads."""

    run: Run
    functions: Sequence[Function]
    interpreter: Interpreter
    make_lab: MakeLab
    observer: Observer
    concurrency: int = 1
    check: Callable[[], None] = lambda: None
    """Called before an episode starts; raises BudgetReached when none may."""
    on_stop: Callable[[], None] = lambda: None
    """Called when a stop begins: wakes what waits for something other than a lab (a model, the pool)."""
    attempts: int = ATTEMPTS
    retry_seconds: Sequence[float] = RETRY_SECONDS
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def play(self, tasks: Sequence[Task]) -> str | None:
        """Run `tasks`; returns why some were not started (a ceiling), or None when all have a record now.

        Raises FatalModelError, EngineError when no episode can go on, KeyboardInterrupt when the person stops it; by
        then nothing of this run is running any more.
        """
        waiting = deque(tasks)
        results: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        # Not an Executor of the standard library: it joins its threads at exit, so that a model that does not answer
        # would keep a stopped harness alive for minutes.
        threads = [
            threading.Thread(target=self._work, args=(waiting, results), name=f"episodes-{i}", daemon=True)
            for i in range(min(self.concurrency, len(tasks)))
        ]
        reached: str | None = None
        try:
            for thread in threads:
                thread.start()
            for _ in threads:
                failure = results.get()
                if isinstance(failure, BudgetReached):
                    reached = str(failure)  # those that run finish; each thread comes to the same end
                elif failure is not None:
                    raise failure
        except BaseException:
            self._stop(threads)
            raise
        return reached

    def _stop(self, threads: Sequence[threading.Thread]) -> None:
        self._cancelled.set()
        self.on_stop()
        deadline = time.monotonic() + STOP_SECONDS
        while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
            if isinstance(self.make_lab, Labs):
                self.make_lab.stop()  # again and again: a lab that was just starting is open only now
            for thread in threads:
                if thread.is_alive():
                    thread.join(0.1)

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _work(self, waiting: deque[Task], results: queue.SimpleQueue[BaseException | None]) -> None:
        failure: BaseException | None = None
        try:
            with contextlib.suppress(IndexError, Cancelled):
                while True:
                    task = waiting.popleft()
                    self.check()
                    self._play_one(task)
        except BaseException as error:
            waiting.clear()
            failure = error
        results.put(failure)

    def _play_one(self, task: Task) -> None:
        key = episode_key(task.function.id, task.repeat)
        clock = time.monotonic()
        for attempt in range(1, self.attempts + 1):
            self._raise_if_cancelled()
            self.observer.started(key, attempt)
            try:
                record = run_episode(
                    task,
                    self.interpreter,
                    self.make_lab,
                    on_event=lambda event: self._tell(key, event),
                    check=self._raise_if_cancelled,
                    attempt=attempt,
                )
                break
            except (InfrastructureError, EngineError) as error:
                self._raise_if_cancelled()  # a stop closes the labs under the episodes: that is no error of theirs
                if attempt < self.attempts:
                    self.observer.retrying(key, error, attempt)
                    self._cancelled.wait(self.retry_seconds[min(attempt, len(self.retry_seconds)) - 1])
                elif isinstance(error, EngineError):
                    raise  # no engine, no episode: stop here, so that the same command resumes
                else:
                    record = infrastructure_record(task, error, attempts=attempt, seconds=time.monotonic() - clock)
        self._raise_if_cancelled()
        self.run.save(record)
        self.observer.ended(record)

    def _tell(self, key: str, event: Event) -> None:
        self._raise_if_cancelled()
        self.observer.event(key, event)
