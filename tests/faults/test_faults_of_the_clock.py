"""The wall clock jumps by a day, forwards and backwards, while episodes run: limits and durations do not notice."""

from __future__ import annotations

import ast
import time
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from faults.hurting import IDS, PATIENCE, assert_completes
from run_help import ROOT, findbench, start

from findbench.harness.records import Run
from findbench.harness.schema.brief import Interpretation

DAY = 86_400.0
MAY_ASK = Counter(
    {
        "harness/schema/base.py": 1,  # when a record and a session began and ended, for people
        "harness/commands/run.py": 1,  # the name of a run directory
        "harness/model/failures.py": 1,  # a server's Retry-After that is a date
    }
)
"""Who may ask for the time of day, and how often its source does."""
_jumps = count()


def _jump() -> float:
    """Every look at the clock is a day before or after the last one."""
    return DAY if next(_jumps) % 2 else -DAY


class _Jumpy(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + timedelta(seconds=_jump())


class Jumping:
    """Experiments of every kind of end, under a clock that jumps at every look from when the interpreter is made."""

    name = "jumping"

    def __init__(self) -> None:
        real = time.time
        time.time = lambda: real() + _jump()
        time.time_ns = lambda: int(time.time() * 1e9)
        pytest.MonkeyPatch().setattr("findbench.harness.schema.base.datetime", _Jumpy)  # for the life of this process

    def interpret(self, lab: Any, brief: Any) -> Interpretation:
        assert abs(time.time() - time.time()) > DAY
        lab.run("print(f(1.0))")
        lab.run("while True: pass", seconds=0.5)
        lab.run("import os\nos._exit(1)")
        return Interpretation(description="something", code="def predict(x):\n    return 0.0\n")


def test_a_clock_that_jumps_by_a_day_changes_no_outcome_and_no_duration(tmp_path: Path) -> None:
    out = tmp_path / "r"
    process = start(
        *("run", "smoke", "--ids", ",".join(IDS), "--interpreter", "faults.test_faults_of_the_clock:Jumping"),
        *("--out", out, "--pool", "1"),
    )
    assert_completes(process, out)
    run = Run(out)
    for record in run.records():
        assert [each.status for each in record.experiments] == ["ok", "timeout", "killed"]
        assert record.attempts == 1
        for seconds in (record.seconds, *(each.seconds for each in record.experiments)):
            assert 0 < seconds < PATIENCE
    starts = [record.started for record in run.records()]
    ended = run.info.sessions[0].ended
    assert ended is not None
    assert max([*starts, ended]) - min([*starts, ended]) > timedelta(seconds=DAY), "the clock did not jump"
    for command in (("report", out, "--html"), ("show", out, IDS[0])):
        done = findbench(*command)
        assert done.returncode == 0, done.stderr


def test_deadlines_ask_no_wall_clock() -> None:
    asks: Counter[str] = Counter()
    for folder in ("harness", "sandbox_image"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    name = f"{node.value.id}.{node.attr}"
                    asks[str(path.relative_to(ROOT))] += name in (
                        *("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today"),
                        *("date.today", "time.clock_gettime"),
                    )
    assert +asks == MAY_ASK
