"""E4: an episode that breaks its own lab, to drop out of the mean or to get a fresh budget with the same noise."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from findbench.attacks.arena import Arena
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.suites.builtin import load_suite
from findbench.harness.episode import Episode
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.base import LOST, MAX_REPLACEMENTS, Notebook
from findbench.harness.lab.factory import LabFactory
from findbench.harness.lab.lab import Lab
from findbench.harness.records import Run
from findbench.harness.sandbox import engine
from findbench.harness.scheduler import Scheduler
from findbench.harness.schema.brief import Brief, Interpretation, InterpreterSettings
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.records import EpisodeRecord, Event, RunConfig
from findbench.harness.seeds import new_secret

NOISY = next(f for f in load_suite("mini").values() if isinstance(f, NumericFunction) and f.spec.noise == "normal")
"""Of continuous noise: two of its values are equal only if they are the same."""
BUDGET = 10
WAYS = (
    "import os\nfor n in range(1, 65):\n    try: os.kill(1, n)\n    except OSError: pass",
    "import os, resource\nfor name in ('AS', 'DATA', 'NOFILE', 'NPROC', 'CPU', 'FSIZE', 'STACK'):\n"
    "    try: resource.prlimit(1, getattr(resource, f'RLIMIT_{name}'), (0, 0))\n    except (OSError, ValueError): pass",
    "import os\nos.kill(-1, 9)",
    "import mmap, os\nopen('/proc/self/oom_score_adj', 'w').write('1000')\n"
    "memory = mmap.mmap(-1, 1 << 30)\nfor at in range(0, 1 << 30, 4096): memory[at] = 1",
)
"""What was seen to break a lab, or might."""


class Labs(LabFactory):
    """Keeps the labs that it made, so that they can be broken as from inside."""

    def __init__(self, arena: Arena) -> None:
        super().__init__(Limits(memory_mib=128), runtime=arena.runtime, transport=arena.transport)
        self.made: list[Lab] = []

    def lab(self, *arguments: Any, **options: Any) -> Lab:
        self.made.append(super().lab(*arguments, **options))
        return self.made[-1]


class Breaking:
    """Breaks its lab in every way there is, then for sure: its container is killed, as a way that nobody knows yet would
    do it. Between all that it asks for the same input."""

    name = "breaking"

    def __init__(self, labs: Labs, ways: Sequence[str]) -> None:
        self.labs = labs
        self.ways = ways

    def interpret(self, lab: Any, brief: Brief) -> Interpretation:
        for way in self.ways:
            lab.run(way, seconds=10.0)
        for _ in range(2 * MAX_REPLACEMENTS):
            if lab.run("print(f(1.0))").stdout == LOST:
                break
            container = self.labs.made[-1].container_id
            if container is not None:
                engine.connect().api.kill(container)
            lab.run("pass")
        return Interpretation(description="nothing", code="def predict(x):\n    return 0.0\n")


class Quiet:
    """An observer that hears nothing."""

    def started(self, key: str, attempt: int) -> None: ...
    def event(self, key: str, event: Event) -> None: ...
    def retrying(self, key: str, error: Exception, attempt: int) -> None: ...
    def ended(self, record: EpisodeRecord) -> None: ...


def broken_episode(arena: Arena, path: Path, ways: Sequence[str] = (), *, attempts: int = 3) -> EpisodeRecord:
    config = RunConfig(
        suite="mini",
        suite_checksum=load_suite("mini").checksum,
        functions=(NOISY.id,),
        interpreter="breaking",
        settings=InterpreterSettings(),
        budget=BUDGET,
    )
    labs = Labs(arena)
    with Run.open_for_writing(path, config, {}) as run:
        scheduler = Scheduler(run, Breaking(labs, ways), labs, Quiet(), attempts=attempts, retry_seconds=(0.0,))
        scheduler.run([Episode(NOISY, 0, config, new_secret())])
        return run.load(NOISY.id)


def test_an_episode_that_breaks_its_lab_stays_in_the_mean_and_gets_no_fresh_budget(
    arena: Arena, tmp_path: Path
) -> None:
    record = broken_episode(arena, tmp_path, WAYS)
    assert (record.status, record.attempts) == ("finished", 1)
    assert record.score is not None
    assert record.score.pass_ is False
    assert LOST in [experiment.stdout for experiment in record.experiments]
    seen = [each.stdout for each in record.experiments if each.code == "print(f(1.0))" and each.status == "ok"]
    assert 1 <= len(seen) <= MAX_REPLACEMENTS + 1
    assert record.queries == sum(each.queries for each in record.experiments) <= BUDGET
    assert len(set(seen)) == len(seen), "the noise goes on: an input asked twice is not seen twice"


def test_the_attack_drops_out_of_the_mean_where_a_broken_lab_is_infrastructure(
    arena: Arena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its teeth: the defect put back."""
    replace = Notebook._replace

    def as_it_was(self: Notebook, failure: Any) -> Any:
        outcome = replace(self, failure)
        if self.lost:
            self._replacements = 0  # the next attempt had a new lab
            raise InfrastructureError("4 containers of one episode ended")
        return outcome

    monkeypatch.setattr(Notebook, "_replace", as_it_was)
    record = broken_episode(arena, tmp_path, attempts=1)
    assert (record.status, record.score) == ("infrastructure_error", None)
