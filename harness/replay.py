"""An episode's experiments again, in a new lab with the same seed; is the output the same?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from findbench.harness.episode import budget_of
from findbench.harness.lab.lab import Lab
from findbench.harness.report.sanitise import clean_line
from findbench.harness.schema.notes import AttemptNote
from findbench.harness.schema.records import Experiment

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.sandbox.backend import Transport
    from findbench.harness.schema.records import EpisodeRecord, RunConfig
    from findbench.harness.schema.result import Result

UNREPEATABLE = frozenset({"timeout", "memory", "killed"})
"""What such an experiment had printed when it was cut depends on the machine's speed; its status is compared alone."""
SHOWN = 6
"""Lines that differ which `Repetition.difference` shows."""


@dataclass(frozen=True)
class Repetition:
    """One experiment, as it was recorded and as it ran now."""

    number: int
    recorded: Experiment
    result: Result

    @property
    def comparable(self) -> bool:
        """Whether its output does not depend on the machine's speed."""
        return self.recorded.status not in UNREPEATABLE

    @property
    def identical(self) -> bool:
        """Status and, where it is comparable, every byte of stdout are as they were."""
        same = self.result.stdout == self.recorded.stdout or not self.comparable
        return same and self.result.status == self.recorded.status

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if not self.identical:
            return "DIFFERENT"
        return "identical" if self.comparable else f"{self.result.status} again"

    @property
    def difference(self) -> list[str]:
        """The first lines that differ, recorded (-) and now (+), safe to print; none when it is identical."""
        if self.identical:
            return []
        then, now = self.recorded.status, self.result.status
        lines = [f"status {then} then, {now} now"] if then != now else []
        before, after = self.recorded.stdout.splitlines(), self.result.stdout.splitlines()
        changes = (change for pair in zip_longest(before, after) if pair[0] != pair[1] for change in _change(*pair))
        return lines + [clean_line(line) for line in islice(changes, SHOWN)]


def _change(before: str | None, after: str | None) -> list[str]:
    """Line against line at one place: to find the least changes would take the cube of a hostile output's lines."""
    return [f"{mark} {line}" for mark, line in (("-", before), ("+", after)) if line is not None]


def replay(
    record: EpisodeRecord, function: Function, config: RunConfig, *, transport: Transport = "auto"
) -> Iterator[Repetition]:
    """Run the recorded experiments of an episode one after the other. Raises EngineError, InfrastructureError."""
    with Lab(
        function,
        budget=budget_of(function, config) if record.budget is None else record.budget,
        limits=config.limits,
        seed=record.seed,
        runtime=config.runtime,
        transport=transport,
    ) as lab:
        number = 0
        for event in record.transcript:
            if isinstance(event, AttemptNote):
                lab.close()  # what follows ran in a new container
                lab.go_on_from(queries=event.queries, experiments=event.experiments)
            if isinstance(event, Experiment):
                number += 1
                # What an interpreter asked for beyond the limit used to be cut to it.
                limit = None if event.limit is None else min(event.limit, config.limits.seconds)
                yield Repetition(number, event, lab.run(event.code, seconds=limit))
