"""Faults of containers while episodes run: killed, out of memory, stopped. The run completes, and scores are right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from faults.hurting import (
    IDS,
    PATIENCE,
    VICTIM,
    as_root,
    assert_completes,
    command,
    hurt,
    runner_of,
    scoring_lab,
    submitted,
)
from run_help import finished, owned_by, start, wait_until

from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.records import Run
from findbench.harness.sandbox import container as sandbox
from findbench.harness.sandbox import engine
from findbench.harness.sandbox.pool import Pool
from findbench.harness.schema.records import EpisodeRecord

EAT_SHARED = "import mmap\nmemory = mmap.mmap(-1, 1 << 30)\nfor at in range(0, 1 << 30, 4096): memory[at] = 1\n"
"""Shared memory: the limit of a process's data does not count it, so that only the kernel's killer ends this."""
EAT_UNSEEN = """
import mmap, time
f(2.0)
while open("/proc/1/oom_score_adj").read().strip() != "1000":
    time.sleep(0.01)
memory, some = mmap.mmap(-1, 1 << 30), b"x" * (1 << 20)
for at in range(0, 1 << 30, 1 << 20):
    memory[at : at + (1 << 20)] = some
    memory.madvise(mmap.MADV_DONTNEED, at, 1 << 20)
"""
"""Memory that the container is charged with and no process: once the runner has no lead, it is the largest."""


def outcomes(record: EpisodeRecord) -> list[tuple[str, bool]]:
    return [(experiment.status, experiment.state_kept) for experiment in record.experiments]


def assert_replaced(record: EpisodeRecord, status: str) -> None:
    """The hurt experiment says so; the next one runs in another container, with `f` but without variables."""
    assert record.attempts == 1
    assert outcomes(record) == [("ok", True), (status, False), ("ok", True)]
    assert record.experiments[-1].stdout.startswith("False ")
    assert record.queries == 3, "the account goes on over the replacement"


def test_a_container_killed_inside_an_experiment_is_replaced(tmp_path: Path) -> None:
    record = hurt(tmp_path / "r", lambda container: engine.connect().api.kill(container))
    assert_replaced(record, "killed")


def test_a_runner_killed_from_the_host_is_replaced(tmp_path: Path) -> None:
    record = hurt(tmp_path / "r", lambda container: as_root(f"import os; os.kill({runner_of(container)}, 9)"))
    assert_replaced(record, "killed")


def test_a_lab_that_never_answers_costs_its_experiment_the_timeout(tmp_path: Path) -> None:
    record = hurt(
        *(tmp_path / "r", lambda container: as_root(f"import os; os.kill({runner_of(container)}, 19)")),
        *("--seconds", "3"),
        FAULT_GRACE="1",
    )
    assert_replaced(record, "timeout")


def test_an_experiment_that_the_kernel_kills_for_memory_says_memory_and_keeps_the_state(tmp_path: Path) -> None:
    record = hurt(tmp_path / "r", lambda _: None, "--memory-mib", "128", FAULT_CODE=f"f(2.0)\n{EAT_SHARED}")
    assert outcomes(record) == [("ok", True), ("memory", True), ("ok", True)]
    assert record.experiments[-1].stdout.startswith("True ")


def test_a_runner_that_the_kernel_kills_for_memory_is_replaced(tmp_path: Path) -> None:
    def expose(container: str) -> None:
        as_root(f"open('/proc/{runner_of(container)}/oom_score_adj', 'w').write('1000')")

    record = hurt(tmp_path / "r", expose, "--memory-mib", "128", FAULT_CODE=EAT_UNSEEN)
    assert_replaced(record, "memory")


def test_a_container_killed_while_it_scores_changes_no_score(tmp_path: Path) -> None:
    out, mark = tmp_path / "r", tmp_path / "mark"
    truth = load_suite("smoke")[VICTIM].reference_code
    process = start(
        *("run", "smoke", "--ids", VICTIM, "--interpreter", "faults.hurting:Hurt", "--out", out),
        FAULT_MARK=str(mark),
        FAULT_SUBMIT=f"import time\ntime.sleep(1)\n{truth}",
    )
    scoring: list[str] = []

    def is_scoring() -> bool:
        scoring.extend(scoring_lab(process.pid, mark))
        return bool(scoring)

    wait_until(is_scoring, process)
    engine.connect().api.kill(scoring[0])
    assert_completes(process, out)
    record = Run(out).load(VICTIM)
    assert record.score is not None
    assert record.score.pass_


def test_a_runner_stopped_while_it_scores_is_replaced_once_and_its_answers_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "GRACE_SECONDS", 0.5)
    with CodeRunner() as lab:
        assert lab.container_id is not None
        first = lab.container_id
        as_root(f"import os; os.kill({runner_of(first)}, 19)")
        assert lab.evaluate("def predict(x): return x", [1.0, 2.0], seconds=3.0).outputs == [1.0, 2.0]
        assert lab.container_id != first


def test_a_pool_that_cannot_start_labs_says_so_whatever_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("findbench.harness.sandbox.pool.Sandbox", broken)
    with Pool(1) as pool:
        for _ in range(2):
            with pytest.raises(InfrastructureError, match="can't start new thread"):
                pool.take()


def test_a_harness_killed_again_and_again_gets_done_with_the_same_command(tmp_path: Path) -> None:
    """While a lab starts, inside an experiment, while a submission is scored."""
    out, mark = tmp_path / "r", tmp_path / "mark"
    slow = f"import time\ntime.sleep(1)\n{load_suite('smoke')[IDS[0]].reference_code}"
    # What looks for a transport makes a container too, before there is a run.
    moments: list[Callable[[int], object]] = [
        lambda pid: (out / "run.json").exists() and owned_by(pid),
        lambda _: mark.exists(),
        lambda pid: scoring_lab(pid, mark),
    ]
    killed = []
    for moment in moments:
        seen = finished(out)
        submitted(mark).unlink(missing_ok=True)
        process = start(*command(out), FAULT_MARK=str(mark), FAULT_SUBMIT=slow)
        killed.append(process.pid)
        wait_until(partial(moment, process.pid), process)
        process.kill()
        process.communicate(timeout=PATIENCE)
        assert {name: finished(out)[name] for name in seen} == seen
        assert len(finished(out)) < len(IDS)
    seen = finished(out)
    assert_completes(start(*command(out), FAULT_MARK=str(mark)), out)
    assert {name: finished(out)[name] for name in seen} == seen
    assert [owned_by(pid) for pid in killed] == [[], [], []]
    assert [session.outcome for session in Run(out).info.sessions] == [None, None, None, "complete"]
