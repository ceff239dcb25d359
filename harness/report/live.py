"""What a person sees while a run goes on: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from findbench.harness.report.figures import headline
from findbench.harness.report.sanitise import clean_line
from findbench.harness.schema.notes import CustomNote, MessageNote, RetryNote, UsageNote
from findbench.harness.schema.records import EpisodeRecord, Event, Experiment
from findbench.harness.schema.words import counted

SHOWN = 12
"""Running episodes that the live view lists, at most."""


@dataclass
class _Running:
    began: float
    attempt: int = 1
    queries: int = 0
    experiments: int = 0
    line: str = "starting the lab"


@dataclass
class Totals:
    """Sums over the episodes that have ended, those of earlier sessions included."""

    done: int = 0
    passed: float = 0.0
    scored: int = 0
    infrastructure: int = 0
    queries: int = 0
    tokens: int = 0
    cost: float | None = None

    def add(self, record: EpisodeRecord) -> None:
        """Count one ended episode."""
        self.queries += record.queries
        self.tokens += record.usage.tokens
        if record.usage.cost is not None:
            self.cost = (self.cost or 0.0) + record.usage.cost
        if record.status == "infrastructure_error":
            self.infrastructure += 1
            return
        self.done += 1
        value = headline(record)
        if value is not None:
            self.passed += value
            self.scored += 1

    def __str__(self) -> str:
        parts = [
            f"score {self.passed / self.scored:.2f}" if self.scored else "no score yet",
            counted(self.queries, "query", "queries"),
        ]
        if self.tokens:
            parts.append(counted(self.tokens, "token"))
        if self.cost is not None:
            parts.append(f"${self.cost:.2f}")
        if self.infrastructure:
            parts.append(counted(self.infrastructure, "infrastructure error"))
        return ", ".join(parts)


def describe_event(event: Event) -> str:
    """What an episode is doing, on one line, from the newest event of its transcript."""
    if isinstance(event, Experiment):
        lines = [line for line in event.stdout.splitlines() if line.strip()]
        output = clean_line(lines[-1]) if lines else "(no output)"
        return f"experiment {event.status}, {counted(event.queries, 'query', 'queries')}: {output}"
    if isinstance(event, MessageNote):
        return f"{clean_line(event.role, limit=20)}: {clean_line(event.content)}"
    if isinstance(event, RetryNote):
        return f"waits for the model: {clean_line(event.why)}"
    return clean_line(event.kind if isinstance(event, CustomNote) else event.type, limit=40)


@dataclass
class Watcher:
    """An `Observer` that keeps the state of the run; `lines` prints it, `live` draws it."""

    total: int
    totals: Totals
    """Starts with what earlier sessions did."""
    console: Console
    _running: dict[str, _Running] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _began: float = field(default_factory=time.monotonic)
    _ended_now: int = 0
    _live: bool = False

    # -- told by the scheduler

    def started(self, key: str, attempt: int) -> None:
        """An attempt at an episode began."""
        with self._lock:
            self._running[key] = _Running(time.monotonic(), attempt)

    def event(self, key: str, event: Event) -> None:
        """An experiment ended or an interpreter left a note."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                return
            if isinstance(event, Experiment):
                running.queries += event.queries
                running.experiments += 1
            if not isinstance(event, UsageNote):
                running.line = describe_event(event)

    def retrying(self, key: str, error: Exception, attempt: int) -> None:
        """This attempt broke; another follows."""
        self._say(f"{key}: attempt {attempt} broke, trying again: {clean_line(str(error))}")

    def ended(self, record: EpisodeRecord) -> None:
        """The record is on disk."""
        with self._lock:
            self._running.pop(record.key, None)
            self._ended_now += 1
            self.totals.add(record)
        value = headline(record)
        score = "" if value is None else f", score {value:.2f}"
        error = f": {clean_line(record.error)}" if record.error else ""
        if record.error or not self._live:
            self._say(
                f"{self.totals.done}/{self.total} {record.key} {record.status.replace('_', ' ')}{score}, "
                f"{counted(record.queries, 'query', 'queries')}, {record.seconds:.1f} s{error}"
            )

    # -- shown

    def _say(self, line: str) -> None:
        stamp = time.strftime("%H:%M:%S")
        self.console.print(Text(f"{stamp} {line}"), soft_wrap=True)

    def live(self) -> Live:
        """The live view, a context manager; draws itself four times a second."""
        self._live = True
        return Live(get_renderable=self._render, console=self.console, refresh_per_second=4, transient=True)

    def seconds_left(self) -> float | None:
        """An estimate from the pace of this session; None before the first episode has ended."""
        if not self._ended_now:
            return None
        return (time.monotonic() - self._began) / self._ended_now * max(0, self.total - self.totals.done)

    def _render(self) -> RenderableType:
        with self._lock:
            running = list(self._running.items())
            totals, done = str(self.totals), self.totals.done
        left = self.seconds_left()
        head = Table.grid(padding=(0, 2))
        head.add_row(
            ProgressBar(total=max(1, self.total), completed=done, width=24),
            Text(f"{done} done, {len(running)} running, {max(0, self.total - done - len(running))} waiting"),
            Text(totals),
            Text("" if left is None else f"{_span(left)} left", style="dim"),
        )
        rows = Table.grid(padding=(0, 2), expand=True)
        rows.add_column(no_wrap=True, style="cyan")
        rows.add_column(no_wrap=True, justify="right", style="dim")
        rows.add_column(no_wrap=True, justify="right", style="dim")
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        now = time.monotonic()
        for key, episode in running[:SHOWN]:
            rows.add_row(key, _span(now - episode.began), f"{episode.queries} q", Text(episode.line))
        if len(running) > SHOWN:
            rows.add_row(f"and {len(running) - SHOWN} more", "", "", "")
        return Group(head, rows)


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60}:{whole % 60:02d}" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60:02d} min"
