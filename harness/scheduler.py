"""Many episodes at once: start what is missing, retry what broke, stop cleanly, tell an observer."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from findbench.harness.episode import Attempts, Episode
from findbench.harness.errors import BudgetReached, Cancelled, EngineError, InfrastructureError
from findbench.harness.schema.records import FAILED, EpisodeRecord, Event, episode_key

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.interpreters.base import Interpreter
    from findbench.harness.lab.factory import LabSource
    from findbench.harness.records import Run

ATTEMPTS = 3
"""How often an episode begins whose lab breaks under it, before it is recorded as an infrastructure error."""
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


def pending(run: Run, functions: Sequence[Function], *, retry_failed: bool = False) -> list[Episode]:
    """Episodes without a record, or whose record is an infrastructure error (`retry_failed`: any failure)."""
    again = {"infrastructure_error", *(FAILED if retry_failed else ())}
    done = {record.key for record in run.records() if record.status not in again}
    keys = [
        (function, repeat)
        for repeat in range(run.config.repeats)
        for function in functions
        if episode_key(function.id, repeat) not in done
    ]
    return [Episode(function, repeat, run.config, run.secret) for function, repeat in keys]


@dataclass
class Scheduler:
    """Runs episodes on `concurrency` threads and writes each record as soon as its episode has ended."""

    directory: Run
    interpreter: Interpreter
    labs: LabSource
    observer: Observer
    concurrency: int = 1
    check: Callable[[], None] = lambda: None
    """Called before an episode starts; raises BudgetReached when none may."""
    on_stop: Callable[[], None] = lambda: None
    """Called when a stop begins: wakes what waits for something other than a lab (a model, the pool)."""
    attempts: int = ATTEMPTS
    retry_seconds: Sequence[float] = RETRY_SECONDS
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self, episodes: Sequence[Episode]) -> str | None:
        """Run `episodes`; returns why some were not started (a ceiling), or None when all have a record now.

        Raises FatalModelError, EngineError when no episode can go on, KeyboardInterrupt when the person stops it; by
        then nothing of this run is running any more.
        """
        waiting = deque(episodes)
        results: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        # Not an Executor of the standard library: it joins its threads at exit, so that a model that does not answer
        # would keep a stopped harness alive for minutes.
        threads = [
            threading.Thread(target=self._work, args=(waiting, results), name=f"episodes-{i}", daemon=True)
            for i in range(min(self.concurrency, len(episodes)))
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
            self.labs.stop()  # again and again: a lab that was just starting is open only now
            for thread in threads:
                if thread.is_alive():
                    thread.join(0.1)

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _work(self, waiting: deque[Episode], results: queue.SimpleQueue[BaseException | None]) -> None:
        failure: BaseException | None = None
        try:
            with contextlib.suppress(IndexError, Cancelled):
                while True:
                    episode = waiting.popleft()
                    self.check()
                    self._run_one(episode)
        except BaseException as error:
            waiting.clear()
            failure = error
        results.put(failure)

    def _run_one(self, episode: Episode) -> None:
        key = episode.key
        attempts = Attempts(
            episode,
            self.interpreter,
            self.labs,
            on_event=lambda event: self._tell(key, event),
            check=self._raise_if_cancelled,
        )
        for attempt in range(1, self.attempts + 1):
            self._raise_if_cancelled()
            self.observer.started(key, attempt)
            try:
                record = attempts.run()
                break
            except (InfrastructureError, EngineError) as error:
                self._raise_if_cancelled()  # a stop closes the labs under the episodes: that is no error of theirs
                if attempt < self.attempts:
                    self.observer.retrying(key, error, attempt)
                    self._cancelled.wait(self.retry_seconds[min(attempt, len(self.retry_seconds)) - 1])
                elif isinstance(error, EngineError):
                    raise  # no engine, no episode: stop here, so that the same command resumes
                else:
                    record = attempts.give_up()
        self._raise_if_cancelled()
        self.directory.save(record)
        self.observer.ended(record)

    def _tell(self, key: str, event: Event) -> None:
        self._raise_if_cancelled()
        self.observer.event(key, event)
