"""Episodes in a row through the whole harness: what memory, descriptors, threads, containers and directories become.

`make test-endurance` plays 1000, prints a line a tenth, and fails when something grew.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from run_help import VERSIONS, config, owned_by

from findbench.functions.suites.builtin import load_suite
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.lab.factory import LabFactory
from findbench.harness.records import Run
from findbench.harness.scheduler import Scheduler, pending
from findbench.harness.schema.brief import InterpreterSettings
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.records import EpisodeRecord

IDS = ("strings/0000", "strings/0001")
"""Short to score, so that an episode is labs, sockets and threads above all."""
WARM_UP = 10
GROWTH_MIB = 8.0
"""What caches and a fragmented heap may add in a thousand episodes. A leak of 10 KiB an episode is over it."""
SETTLE_SECONDS = 30.0


@dataclass(frozen=True)
class Sample:
    """What the process holds between two episodes."""

    episodes: int
    mib: float
    descriptors: int
    threads: int
    leftovers: int
    """Its containers and socket directories."""


class Silent:
    """An observer that keeps nothing."""

    def started(self, key: str, attempt: int) -> None: ...
    def event(self, key: str, event: Any) -> None: ...
    def retrying(self, key: str, error: Exception, attempt: int) -> None: ...
    def ended(self, record: EpisodeRecord) -> None:
        assert record.status == "finished", record.error


def endure(episodes: int, samples: int, out: Path) -> Iterator[Sample]:
    """Play WARM_UP episodes, then `episodes` in `samples` portions; a sample after each of them."""
    suite = load_suite("smoke")
    repeats = (WARM_UP + episodes + 1) // len(IDS)
    settings = config(IDS, repeats=repeats, interpreter="identity")
    with Run.open_for_writing(out, settings, VERSIONS) as run:
        functions = [suite[id_] for id_ in IDS]
        player = Scheduler(
            run,
            load_interpreter("identity", InterpreterSettings(), None),
            LabFactory(Limits()),
            Silent(),
        )
        tasks = pending(run, functions)
        edges = [0, *(WARM_UP + episodes * i // samples for i in range(samples + 1))]
        settled: Sample | None = None
        for start, end in pairwise(edges):
            assert player.run(tasks[start:end]) is None
            sample = take(end, settled)
            settled = settled or sample
            yield sample


def take(episodes: int, like: Sample | None) -> Sample:
    """A sample, once the threads and sockets of the last episode have had time to end."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        sample = Sample(
            episodes,
            round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1),
            len(list(Path("/proc/self/fd").iterdir())) - 1,
            threading.active_count(),
            len(owned_by(os.getpid())),
        )
        if like is None or not grew(like, sample) or time.monotonic() > deadline:
            return sample
        time.sleep(0.1)


def grew(first: Sample, last: Sample) -> list[str]:
    """What there is more of."""
    found = [name for name in ("descriptors", "threads", "leftovers") if getattr(last, name) > getattr(first, name)]
    return found + ["memory"] * (last.mib > first.mib + GROWTH_MIB)


def main() -> None:
    """Print the samples; exit code 1 when something grew."""
    with tempfile.TemporaryDirectory() as out:
        start, taken = time.monotonic(), []
        for sample in endure(int(sys.argv[1]), 10, Path(out) / "run"):
            taken.append(sample)
            print(f"{time.monotonic() - start:7.1f} s  {sample}", flush=True)
    if found := grew(taken[0], taken[-1]):
        sys.exit(f"grew: {', '.join(found)}")


if __name__ == "__main__":
    main()
