"""Runs that something is done to: an interpreter that waits to be hurt, and what must hold after any fault."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
from run_help import ROOT, finished, owned_by, start, wait_until

from findbench.harness.records import Run
from findbench.harness.sandbox import container as sandbox
from findbench.harness.sandbox import engine, image, ownership
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.records import EpisodeRecord

IDS = ("numeric/0000", "numeric/0001")
VICTIM = IDS[1]
"""The episode that the fault is done to; another one has finished before."""
WAIT = "f(2.0)\nimport time\ntime.sleep(600)"
ANSWER = "def predict(x):\n    return 0.0\n"
PATIENCE = 180.0
"""Seconds until a test gives a run up; no test measures time."""


class Hurt:
    """The second episode makes one experiment last, and tells by a file that its code runs. Knobs: FAULT_*."""

    name = "hurt"

    def __init__(self) -> None:
        self.episodes = 0
        sandbox.GRACE_SECONDS = float(os.environ.get("FAULT_GRACE", sandbox.GRACE_SECONDS))

    def interpret(self, lab: Any, brief: Any) -> Interpretation:
        self.episodes += 1
        lab.run("kept = f(1.0)")
        mark = Path(os.environ["FAULT_MARK"])
        if self.episodes == 2 and not mark.exists():
            threading.Thread(target=_tell, args=(lab, lab.remaining, mark), daemon=True).start()
            lab.run(os.environ.get("FAULT_CODE", WAIT))
        lab.run("print('kept' in globals(), f(3.0))")
        submitted(mark).touch()
        return Interpretation(description="something", code=os.environ.get("FAULT_SUBMIT", ANSWER))


def _tell(lab: Any, before: int, mark: Path) -> None:
    """The experiment is inside its code once it has asked `f`."""
    while lab.remaining == before:
        time.sleep(0.005)
    mark.touch()


def submitted(mark: Path) -> Path:
    """Exists once an interpreter is through: what runs from then on scores its submission."""
    return mark.with_suffix(".submitted")


def command(out: Path, *options: str) -> tuple[str | Path, ...]:
    """Two episodes, one at a time."""
    chosen = ("--interpreter", "faults.hurting:Hurt", "--concurrency", "1", *options)
    return ("run", "smoke", "--ids", ",".join(IDS), "--out", out, *chosen)


def hurt(out: Path, do: Callable[[str], object], *options: str, **environment: str) -> EpisodeRecord:
    """The victim's record of a run in which `do(container)` was done inside an experiment of the victim's.

    Asserts what holds after every fault: the run completes, what had finished is as it was, nothing is left behind.
    """
    mark = out.with_suffix(".mark")
    process = start(*command(out, *options), FAULT_MARK=str(mark), **environment)
    wait_until(mark.exists, process)
    before = finished(out)
    assert len(before) == 1
    (container,) = labs_of(process.pid, oracle=True)
    do(container)
    assert_completes(process, out)
    after = finished(out)
    assert {name: after[name] for name in before} == before
    return Run(out).load(VICTIM)


def assert_completes(process: subprocess.Popen[str], out: Path) -> str:
    """The run ends well, every episode is scored, nothing is left of the process. What it said on stderr."""
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, stderr
    assert "Traceback" not in stderr
    assert [record.status for record in Run(out).records()] == ["finished"] * len(Run(out).keys)
    assert all(record.score is not None for record in Run(out).records())
    assert owned_by(process.pid) == []
    assert list(out.glob("**/*.tmp")) == []
    return stderr


def assert_stops_with_one_line(process: subprocess.Popen[str], *parts: str) -> None:
    """The run ends with a line that says why, no traceback, and leaves no socket directory."""
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode not in (0, None), stderr
    assert "Traceback" not in stderr
    said = [line for line in stderr.splitlines() if line.startswith("findbench: ")]
    assert len(said) == 1, stderr
    for part in parts:
        assert part in said[0], stderr
    assert list(ownership.socket_root().glob(f"{process.pid}-*")) == []


def labs_of(pid: int, *, oracle: bool) -> list[str]:
    """Running containers of a harness: those where `f` is served, or those where submitted code is scored."""
    api = engine.connect().api
    return [
        each["Id"]
        for each in api.containers(filters={"label": ownership.OWNER_LABEL})
        if each["Labels"][ownership.OWNER_LABEL].startswith(f"{pid}-")
        and (Path(each["Mounts"][0]["Source"]) / "oracle").exists() == oracle
    ]


def scoring_lab(pid: int, mark: Path) -> list[str]:
    """The container in which submitted code runs just now, if one does."""
    containers = labs_of(pid, oracle=False) if submitted(mark).exists() else []
    return [container for container in containers if len(pids_in(container)) > 1]


def pids_in(container: str) -> list[int]:
    """The host's numbers of a container's processes; none when it is only being started, or has ended."""
    try:
        found = engine.connect().api.top(container, "-o pid")["Processes"]
    except docker.errors.APIError:
        return []
    return [int(line[0]) for line in found or ()]


def runner_of(container: str) -> int:
    """The host's number of a container's first process."""
    return int(engine.connect().api.inspect_container(container)["State"]["Pid"])


def as_root(code: str) -> None:
    """Run Python as the host's root: directly, or (in the group `docker` only) in a container that sees the host."""
    if os.geteuid() == 0:
        arguments = [sys.executable, "-c", code]
    else:
        arguments = ["docker", "run", "--rm", "--pid=host", "--network=none", "--user=0"]
        arguments += ["--entrypoint=/usr/bin/python3", image.current().tag, "-c", code]
    subprocess.run(arguments, check=True, cwd=ROOT, timeout=PATIENCE)
