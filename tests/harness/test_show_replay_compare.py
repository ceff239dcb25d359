"""`show`, `replay` and `compare` on a real run."""

import json
import re

import pytest
from run_help import findbench

from findbench.functions.suites import load_suite
from findbench.harness.records import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "probed"
    done = findbench("run", "smoke", "--category", "numeric", "--interpreter", "run_help:Prober", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_show_tells_the_whole_episode(run):
    shown = findbench("show", run, "numeric/0001")
    assert shown.returncode == 0, shown.stderr
    record = Run(run).load("numeric/0001")
    for part in (
        "experiment 1  ok, 5 queries",
        "experiment 2  ok, 1 queries",
        record.experiments[1].stdout.strip(),
        "print(f(0.5))",
        "submission",
        "description: something",
        "truth",
        "score",
        "pass 0",
    ):
        assert part in shown.stdout
    description = load_suite("smoke")["numeric/0001"].description
    assert " ".join(description.split())[:60] in " ".join(shown.stdout.split())
    assert "\x1b" not in shown.stdout
    assert not re.search("^  .* $", shown.stdout, re.MULTILINE), "a transcript is not filled up with blanks"
    assert json.loads(findbench("show", run, "numeric/0001", "--json").stdout)["function"] == "numeric/0001"


def test_replay_finds_the_same_output(run):
    again = findbench("replay", run, "numeric/0002")
    assert again.returncode == 0, again.stderr + again.stdout
    assert "2 of 2 experiments identical" in again.stdout


def test_replay_notices_a_record_that_was_tampered_with(run):
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


def test_a_run_does_not_differ_from_itself_and_another_pairs_by_function(run, tmp_path):
    other = tmp_path / "other"
    done = findbench(
        *("run", "smoke", "--category", "numeric", "--functions", "3"),
        *("--interpreter", "run_help:Prober", "--out", other, "--seed", "1"),
    )
    assert done.returncode == 0, done.stderr
    compared = findbench("compare", run, other)
    assert compared.returncode == 0, compared.stderr
    assert re.search(r"numeric +pass .* not distinguishable", compared.stdout)
    assert "3 functions paired, 1 scored in one run only" in compared.stdout
    data = json.loads(findbench("compare", run, other, "--json").stdout)
    assert (data["paired"], data["unpaired"]) == (3, 1)
    assert not any(each["real"] for each in data["differences"] if each["difference"]["mean"] == 0)
