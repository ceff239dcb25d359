"""Shared by the tests of runs: configurations, records, labs whose containers are never started, interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from findbench.functions.suites.builtin import load_suite
from findbench.harness.sandbox import engine, ownership
from findbench.harness.schema.base import now
from findbench.harness.schema.brief import Interpretation, InterpreterSettings
from findbench.harness.schema.notes import MessageNote
from findbench.harness.schema.records import EpisodeRecord, Experiment, RunConfig
from findbench.harness.schema.result import Evaluation, Result
from findbench.harness.schema.usage import Usage

ROOT = Path(__file__).parents[1]
IDS = ("numeric/0000", "numeric/0001", "numeric/0002")
VERSIONS = {"commit": "abc"}
SECRET = "0123456789abcdef" * 2


def config(functions: Sequence[str] = IDS, **changes: Any) -> RunConfig:
    values: dict[str, Any] = {
        "suite": "smoke",
        "suite_checksum": load_suite("smoke").checksum,
        "functions": tuple(functions),
        "interpreter": "run_help:Prober",
        "settings": InterpreterSettings(),
        "budget": 100,
        "rounds": 5,
    }
    return RunConfig(**(values | changes))


def record(function: str = IDS[0], **changes: Any) -> EpisodeRecord:
    values: dict[str, Any] = {
        "function": function,
        "category": function.partition("/")[0],
        "tags": ("clean",),
        "family": "linear",
        "repeat": 0,
        "seed": 1,
        "status": "finished",
        "interpretation": Interpretation(description="a line", code="def predict(x):\n    return x\n"),
        "transcript": (
            MessageNote(role="assistant", content="hello"),
            Experiment(code="print(f(1))", stdout="1\n", status="ok", queries=1, seconds=0.1),
        ),
        "queries": 1,
        "queried": (1.0,),
        "usage": Usage(),
        "started": now(),
        "seconds": 1.0,
    }
    return EpisodeRecord(**(values | changes))


class FakeLab:
    """Answers every experiment with its own text; `broken` is raised instead."""

    def __init__(self, broken: BaseException | None = None) -> None:
        self.broken = broken
        self.queries = 0
        self.experiments = 0
        self.up = threading.Event()
        self.closed = 0

    def __enter__(self) -> FakeLab:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        if self.broken is not None:
            raise self.broken
        self.up.set()

    def close(self) -> None:
        self.closed += 1

    @property
    def remaining(self) -> int:
        return 100 - self.queries

    @property
    def queried(self) -> list[float]:
        return [float(i) for i in range(self.queries)]

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        self.queries += 1
        return Result(f"ran {code}\n", "ok", 1, 0.01)

    def evaluate(
        self, code: str, inputs: Sequence[float], *, output_kind: str | None = None, seconds: float | None = None
    ) -> Evaluation:
        return Evaluation([None] * len(inputs), "error", "NameError")


class FakeLabs:
    """A `LabSource` that gives the same lab to every episode, or a new one each time."""

    def __init__(self, lab: FakeLab | None = None) -> None:
        self._lab = lab
        self.stopped = 0

    def lab(self, function: Any, *, seed: int, budget: int) -> Any:
        return self._lab or FakeLab()

    def code_runner(self, *, seed: int) -> Any:
        return FakeLab()

    def stop(self) -> None:
        self.stopped += 1


class Prober:
    """Two small experiments, then an honest answer of little worth."""

    name = "prober"

    def interpret(self, lab: Any, brief: Any) -> Interpretation:
        lab.run("import random\nprint(random.random(), np.random.rand(), [f(x) for x in range(5)])")
        lab.run("print(f(0.5))")
        return Interpretation(description="something", domain="numbers", code="def predict(x):\n    return 0.0\n")


class Sleeper:
    """An episode that lasts: most of its time inside an experiment."""

    name = "sleeper"

    def interpret(self, lab: Any, brief: Any) -> Interpretation:
        lab.run("import time\nprint(f(1))\ntime.sleep(20)")
        return Interpretation()


class Steady:
    """An episode of about a second, so that a run can be killed half-way."""

    name = "steady"

    def interpret(self, lab: Any, brief: Any) -> Interpretation:
        lab.run("import time\nprint(f(1))\ntime.sleep(0.4)")
        return Interpretation(description="something", code="def predict(x):\n    return 0.0\n")


def findbench(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, as a person starts it; COLUMNS is wide so that no line of a table wraps."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, cwd=cwd, env=make_environment(**environment), timeout=240
    )


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "findbench.harness.cli", *map(str, arguments)]


def make_environment(**changes: str) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    kept = {key: value for key, value in os.environ.items() if key not in ("OPENAI_API_KEY", "OPENAI_BASE_URL")}
    return kept | {"PYTHONPATH": path, "COLUMNS": "200"} | changes


def owned_by(pid: int) -> list[str]:
    """Containers and socket directories of a process, dead or alive."""
    containers = engine.connect().api.containers(all=True, filters={"label": ownership.OWNER_LABEL})
    found = [each["Id"] for each in containers if each["Labels"][ownership.OWNER_LABEL].startswith(f"{pid}-")]
    return found + [entry.name for entry in ownership.socket_root().glob(f"{pid}-*")]


def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    """The command, left running."""
    return subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=make_environment(**environment),
    )


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Poll; a process that ends first fails the test with what it said."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def finished(out: Path) -> dict[str, bytes]:
    """The records on disk, to the byte."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("episodes/numeric/[0-9]*.json"))}
