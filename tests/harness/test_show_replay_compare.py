"""`show`, `replay` and `compare` on a real run."""

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from run_help import VERSIONS, command, config, findbench, make_environment, record

from findbench.functions.suites.builtin import load_suite
from findbench.harness.records import Run
from findbench.harness.setup.debian import install


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "probed"
    done = findbench("run", "smoke", "--category", "numeric", "--interpreter", "run_help:Prober", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_show_tells_the_whole_episode(run: Path) -> None:
    shown = findbench("show", run, "numeric/0001")
    assert shown.returncode == 0, shown.stderr
    record = Run(run).load("numeric/0001")
    for part in (
        "experiment 1  ok, 5 queries",
        "experiment 2  ok, 1 query,",
        record.experiments[1].stdout.strip(),
        "print(f(0.5))",
        "submission",
        "description: something",
        "truth",
        "score",
        "pass: 0",
    ):
        assert part in shown.stdout
    description = load_suite("smoke")["numeric/0001"].description
    assert " ".join(description.split())[:60] in " ".join(shown.stdout.split())
    assert "\x1b" not in shown.stdout
    assert not re.search("^  .* $", shown.stdout, re.MULTILINE), "a transcript is not filled up with blanks"
    assert json.loads(findbench("show", run, "numeric/0001", "--json").stdout)["function"] == "numeric/0001"


def test_show_tells_what_the_brief_held_beside_what_every_brief_holds(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path / "informed", config(), VERSIONS | {"needs": "form"}) as informed:
        informed.save(record())
    shown = findbench("show", tmp_path / "informed", "numeric/0000")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[1] == "the brief held form too"


def test_replay_finds_the_same_output(run: Path) -> None:
    again = findbench("replay", run, "numeric/0002")
    assert again.returncode == 0, again.stderr + again.stdout
    assert "2 of 2 experiments identical" in again.stdout


def test_replay_notices_a_record_that_was_tampered_with(run: Path) -> None:
    path = Run(run).episode_path("numeric/0003")
    text = path.read_text()
    data = json.loads(text)
    data["transcript"][1]["stdout"] = "forged\n"
    path.write_text(json.dumps(data))
    try:
        again = findbench("replay", run, "numeric/0003")
    finally:
        path.write_text(text)
    assert again.returncode == 1
    assert "experiment 2: DIFFERENT" in again.stdout
    assert "- forged" in again.stdout
    assert "1 of 2 experiments identical" in again.stdout


def test_a_run_does_not_differ_from_itself_and_another_pairs_by_function(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    done = findbench(
        *("run", "smoke", "--category", "numeric", "--functions", "3"),
        *("--interpreter", "run_help:Prober", "--out", other),
    )
    assert done.returncode == 0, done.stderr
    compared = findbench("compare", run, other)
    assert compared.returncode == 0, compared.stderr
    assert re.search(r"numeric *\n +pass \* .* 0/0 +3 +1.000 *$", compared.stdout, re.MULTILINE)
    assert "Fewer than 12 pairs in every line: no verdicts." in compared.stdout
    assert "Paired: 3 functions; scored in one run only: 1." in compared.stdout
    data = json.loads(findbench("compare", run, other, "--json").stdout)
    assert (data["paired"], data["unpaired"]) == (3, 1)
    assert [each["winner"] for each in data["differences"]] == [None] * len(data["differences"])


def test_runs_in_directories_of_one_name_are_compared_under_their_own_names(run: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        shutil.copytree(run, tmp_path / folder / "base")
    for name in ("report", "compare"):
        done = findbench(name, "a/base", "b/base", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "a/base" in done.stdout
        assert "b/base" in done.stdout


def test_the_same_run_twice_is_one_line_whatever_it_is_called(run: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(run)
    for second in (run, tmp_path / "link", run / ".." / run.name):
        for name in ("report", "compare"):
            done = findbench(name, run, second)
            assert done.returncode == 2
            assert done.stderr.startswith("findbench: the same run is given twice")
            assert done.stderr.count("\n") == 1


def in_a_terminal(*arguments: str | Path, **environment: str) -> str:
    """What a terminal is sent when the command runs in it and the person presses `q`."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    kept = {key: value for key, value in make_environment().items() if key not in ("LESS", "PAGER", "COLUMNS")}
    process = subprocess.Popen(
        command(*arguments),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=kept | {"TERM": "xterm"} | environment,
        start_new_session=True,
    )
    os.close(follower)
    sent = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # nobody has the terminal open any more
            break
        sent += part
        if b"experiment 1" in sent:
            os.write(leader, b"q")
    os.close(leader)
    assert process.wait() == 0
    return sent.decode()


@pytest.fixture(scope="module")
def less() -> None:
    """The pager, installed where it is missing. Who is not root is told to do it."""
    install("less", binary="less", purpose="is the pager that the test looks through")


@pytest.mark.usefixtures("less")
def test_less_shows_colours_as_colours_without_being_told(run: Path) -> None:
    """Without -R it prints an escape as the text ESC in reverse video."""
    environments: tuple[dict[str, str], ...] = ({}, {"LESS": "-i"}, {"PAGER": "less"})
    for environment in environments:
        sent = in_a_terminal("show", run, "numeric/0001", **environment)
        assert "experiment 1" in sent
        assert "ESC" not in sent
        assert "\x1b[32m" in sent, "the heading of an experiment that went well is green"


def test_a_pager_of_which_nothing_is_known_gets_plain_text(run: Path, tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ncat > {tmp_path}/paged\necho experiment 1\n")
    pager.chmod(0o755)
    in_a_terminal("show", run, "numeric/0001", PAGER=str(pager))
    paged = (tmp_path / "paged").read_text()
    assert "experiment 1" in paged
    assert "\x1b" not in paged
