"""`findbench run` on real containers: it ends with a table, survives SIGKILL, and leaves nothing behind."""

import json
import os
import re
import signal

import pytest
from run_help import findbench, finished, owned_by, start, wait_until

from findbench.harness.records import Run
from findbench.harness.sandbox import engine

STEADY = ("run", "mini", "--category", "numeric", "--functions", "6", "--interpreter", "run_help:Steady")


def test_a_run_ends_with_its_table_and_the_same_command_does_nothing_more(tmp_path):
    out = tmp_path / "r"
    arguments = ("run", "smoke", "--category", "numeric", "--interpreter", "run_help:Prober", "--out", out)
    first = findbench(*arguments, "--pool", "1")
    assert first.returncode == 0, first.stderr
    assert re.search(r"^all +4 ", first.stdout, re.MULTILINE)
    assert "4 functions, 4 episodes, 0 without an answer, 0 infrastructure errors, 24 queries, 8 experiments" in (
        first.stdout
    )
    assert str(out) in first.stdout
    assert len(re.findall(r"numeric/000\d finished", first.stderr)) == 4, "plain lines when not a terminal"
    before = finished(out)
    second = findbench(*arguments)
    assert second.returncode == 0
    assert "4 episodes have ended before, 0 to run" in second.stderr
    assert finished(out) == before
    info = Run(out).info
    assert [session.outcome for session in info.sessions] == ["complete", "complete"]
    assert {"commit", "image", "image_digest", "engine", "runtime", "python", "numpy"} <= set(info.sessions[0].versions)
    report = findbench("report", out, "--html", "--json")
    assert json.loads(report.stdout)[0]["rows"][0]["functions"] == 4
    assert (out / "report.html").read_text().startswith("<!doctype html>")


def test_the_seed_decides_what_an_episode_sees(tmp_path):
    outputs = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        out = tmp_path / name
        done = findbench(
            *("run", "smoke", "--ids", "numeric/0001", "--interpreter", "run_help:Prober"),
            *("--out", out, "--seed", seed),
        )
        assert done.returncode == 0, done.stderr
        outputs.append([event.stdout for event in Run(out).load("numeric/0001").experiments])
    assert outputs[0] == outputs[1] != outputs[2]


def test_a_run_killed_half_way_ends_complete_and_repeats_nothing(tmp_path):
    out = tmp_path / "r"
    process = start(*STEADY, "--out", out, "--concurrency", "2")
    wait_until(lambda: len(finished(out)) >= 2, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = finished(out)
    assert 2 <= len(before) < 6
    again = findbench(*STEADY, "--out", out, "--concurrency", "2")
    assert again.returncode == 0, again.stderr
    after = finished(out)
    assert len(after) == 6
    assert {name: after[name] for name in before} == before, "no finished episode ran twice"
    assert owned_by(process.pid) == []
    assert list(out.glob("**/*.tmp")) == []
    assert [session.outcome for session in Run(out).info.sessions] == [None, "complete"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_no_container_and_no_socket(tmp_path, sent):
    out = tmp_path / "r"
    process = start(
        *("run", "smoke", "--category", "numeric", "--interpreter", "run_help:Sleeper"),
        *("--out", out, "--concurrency", "2", "--pool", "1"),
    )
    wait_until(lambda: len(owned_by(process.pid)) >= 4, process)
    process.send_signal(sent)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "the same command resumes" in stderr
    assert "Traceback" not in stderr
    assert owned_by(process.pid) == []
    assert finished(out) == {}
    assert Run(out).info.sessions[-1].outcome == "interrupted"


def test_a_container_that_is_removed_under_an_episode_is_retried_and_never_scored(tmp_path):
    out = tmp_path / "r"
    process = start("run", "smoke", "--ids", "numeric/0001", "--interpreter", "run_help:Steady", "--out", out)
    api = engine.connect().api

    def remove_first() -> bool:
        for container in owned_by(process.pid):
            if len(container) == 64:
                api.remove_container(container, force=True)
                return True
        return False

    wait_until(remove_first, process)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    record = Run(out).load("numeric/0001")
    assert (record.status, record.attempts) == ("finished", 2)
    assert "is tried again" in stderr
