"""`findbench run` on real containers: it ends with a table, survives SIGKILL, and leaves nothing behind."""

import json
import os
import re
import shlex
import signal
from pathlib import Path

import pytest
from llm_server import LlmServer, Say, by_round
from run_help import findbench, finished, owned_by, start, wait_until

from findbench.harness.records import Run
from findbench.harness.sandbox import engine, sweep
from findbench.harness.scheduler import STOP_SECONDS

STEADY = ("run", "mini", "--category", "numeric", "--functions", "6", "--interpreter", "run_help:Steady")


def test_a_run_ends_with_its_table_and_the_same_command_does_nothing_more(tmp_path: Path) -> None:
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
    assert "4 episodes already ended, 0 to run" in second.stderr
    assert finished(out) == before
    info = Run(out).info
    assert [session.outcome for session in info.sessions] == ["complete", "complete"]
    assert {"commit", "image", "image_digest", "engine", "runtime", "python", "numpy"} <= set(info.sessions[0].versions)
    report = findbench("report", out, "--html", "--json")
    assert json.loads(report.stdout)[0]["rows"][0]["functions"] == 4
    assert (out / "report.html").read_text().startswith("<!doctype html>")


def test_the_seed_of_a_reproducible_run_decides_what_an_episode_sees(tmp_path: Path) -> None:
    outputs = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        out = tmp_path / name
        done = findbench(
            *("run", "smoke", "--ids", "numeric/0001", "--interpreter", "run_help:Prober"),
            *("--out", out, "--seed", seed, "--reproducible"),
        )
        assert done.returncode == 0, done.stderr
        assert f"the secret of this run derives from seed {seed}. Whoever guesses the seed" in done.stderr
        outputs.append([event.stdout for event in Run(out).load("numeric/0001").experiments])
    assert outputs[0] == outputs[1] != outputs[2]


def test_a_run_killed_half_way_ends_complete_and_repeats_nothing(tmp_path: Path) -> None:
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
def test_a_stopped_run_leaves_no_container_and_no_socket(tmp_path: Path, sent: signal.Signals) -> None:
    out = tmp_path / "r"
    arguments = [
        *("run", "smoke", "--category", "numeric", "--interpreter", "run_help:Sleeper", "--out", str(out)),
        *("--concurrency", "2", "--pool", "1"),
    ]
    process = start(*arguments)
    wait_until(lambda: len(owned_by(process.pid)) >= 4, process)
    process.send_signal(sent)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert f"\n  {shlex.join(['findbench', *arguments])}\n" in stderr, "the command that goes on"
    assert "Traceback" not in stderr
    assert owned_by(process.pid) == []
    assert finished(out) == {}
    assert Run(out).info.sessions[-1].outcome == "interrupted"


def test_a_second_ctrl_c_ends_at_once_whatever_the_first_waits_for(tmp_path: Path) -> None:
    """An interpreter that computes on the host cannot be interrupted: the first stop would wait for it 20 seconds."""
    (tmp_path / "stubborn.py").write_text(
        "import time\n"
        "class Stubborn:\n"
        "    name = 'stubborn'\n"
        "    def interpret(self, lab, brief):\n"
        "        lab.run('print(f(1))')\n"
        "        print('busy', flush=True)\n"
        "        time.sleep(120)\n"
    )
    process = start(
        *("run", "smoke", "--ids", "numeric/0001", "--interpreter", "stubborn:Stubborn", "--out", tmp_path / "r"),
        PYTHONPATH=str(tmp_path),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "busy\n"
    process.send_signal(signal.SIGINT)
    told = process.stderr.readline()
    while "a second Ctrl-C ends at once" not in told:
        told = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=STOP_SECONDS / 2)
    assert process.returncode == 130
    assert "ended at once; labs that remain are removed when findbench next starts" in stderr
    assert "Traceback" not in stderr
    sweep.sweep()
    assert owned_by(process.pid) == []
    assert [session.outcome for session in Run(tmp_path / "r").info.sessions] == [None]


def test_a_run_without_out_is_resumed_by_the_command_that_it_prints(tmp_path: Path) -> None:
    """A ceiling that one reply reaches stops it with an episode left."""
    arguments = ["run", "smoke", "--ids", "numeric/0000,numeric/0001", "--interpreter", "aia", "--protocol", "text"]
    with LlmServer(by_round([Say("nothing")])) as server:
        arguments += ["--model", "it's m", "--base-url", server.url, "--concurrency", "1", "--max-tokens", "1"]
        done = findbench(*arguments, cwd=tmp_path, NO_PROXY="127.0.0.1")
    assert done.returncode == 1, done.stderr
    (out,) = (tmp_path / "runs").iterdir()
    assert f"to resume: {shlex.join(['findbench', *arguments])} --out runs/{out.name}\n" in done.stderr
    assert "of --max-tokens 1" in done.stderr


def test_a_container_that_is_removed_under_an_episode_is_retried_and_never_scored(tmp_path: Path) -> None:
    out = tmp_path / "r"
    process = start("run", "smoke", "--ids", "numeric/0001", "--interpreter", "run_help:Steady", "--out", out)
    api = engine.connect().api

    def remove_first() -> bool:
        """A running one: what looks for a transport makes one that never starts, and removes it itself."""
        running = {each["Id"] for each in api.containers()}
        for container in running.intersection(owned_by(process.pid)):
            api.remove_container(container, force=True)
            return True
        return False

    wait_until(remove_first, process)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    record = Run(out).load("numeric/0001")
    assert (record.status, record.attempts) == ("finished", 2)
    assert "trying again" in stderr
