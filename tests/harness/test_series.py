"""`findbench run` with several budgets: a run for each, one secret, ceilings for all, and the same command resumes."""

import json
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from llm_server import LlmServer, Say, by_round
from run_help import VERSIONS, config, findbench, owned_by, record, start, wait_until

from findbench.harness.records import Run
from findbench.harness.series import members

ONE = ("run", "smoke", "--ids", "numeric/0001", "--interpreter", "run_help:Prober")


def contents(out: Path) -> dict[str, bytes]:
    """Every record below a series, to the byte."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.glob("budget-*/episodes/*/*.json"))}


def names(out: Path) -> list[str]:
    return [path.name for path in members(out)]


def test_several_budgets_make_a_run_each_and_the_same_command_goes_on_with_them(tmp_path: Path) -> None:
    out = tmp_path / "r"
    first = findbench(*ONE, "--out", out, "--budget", "6,20")
    assert first.returncode == 0, first.stderr
    assert names(out) == ["budget-6", "budget-20"]
    assert [Run(path).config.budget for path in members(out)] == [6, 20]
    assert "numeric: pass against budget" in first.stdout
    assert f"findbench report {out} --html" in first.stdout
    before = contents(out)
    assert len(before) == 2
    again = findbench(*ONE, "--out", out, "--budget", "6,20,30")
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("1 episode already ended, 0 to run") == 2
    assert {name: content for name, content in contents(out).items() if name in before} == before
    outputs = [[each.stdout for each in Run(path).load("numeric/0001").experiments] for path in members(out)]
    assert len(outputs) == 3
    assert outputs[0] == outputs[1] == outputs[2], "the runs of a series differ in their budget alone"
    assert len({Run(path).secret for path in members(out)}) == 1


def test_one_budget_makes_one_run_in_its_directory(tmp_path: Path) -> None:
    done = findbench(*ONE, "--out", tmp_path / "r", "--budget", "6")
    assert done.returncode == 0, done.stderr
    assert Run(tmp_path / "r").config.budget == 6
    assert "against budget" not in done.stdout


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("10,x", "is no number of queries"),
        ("", "is no number of queries"),
        ("1,", "is no number of queries"),
        ("-5", "is no number of queries"),
        ("20,10", "positive, different and ascending"),
        ("10,10", "positive, different and ascending"),
        ("0,10", "positive, different and ascending"),
    ],
)
def test_budgets_that_cannot_be_are_one_line(tmp_path: Path, given: str, why: str) -> None:
    done = findbench(*ONE, "--out", tmp_path / "r", "--budget", given)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert why in done.stderr
    assert not (tmp_path / "r").exists()


def test_a_series_never_mixes_with_other_things(tmp_path: Path) -> None:
    series, single, foreign = (tmp_path / name for name in ("series", "single", "foreign"))
    for path, budget in ((series / "budget-20", 20), (single, 5)):
        with Run.open_for_writing(path, config(budget=budget), VERSIONS) as run:
            run.save(record())
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    for out, why in (
        (series, f"{series}/budget-20 is a run of another configuration"),
        (single, "holds one run"),
        (foreign, "holds no runs called budget-N"),
    ):
        done = findbench(*ONE, "--out", out, "--budget", "5,20")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert why in done.stderr
    assert sorted(tmp_path.rglob("*")) == before, "also not the run that is new and comes first"


def test_a_stop_ends_the_series_and_tells_how_it_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "r"
    arguments = [*("run", "smoke", "--ids", "numeric/0001", "--interpreter", "run_help:Sleeper", "--out", str(out))]
    arguments += ["--budget", "5,6"]
    process = start(*arguments)
    wait_until(lambda: (out / "budget-5").exists() and len(owned_by(process.pid)) >= 2, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stderr.count(f"\n  {shlex.join(['findbench', *arguments])}\n") == 1, "the command that goes on, once"
    assert "Traceback" not in stderr
    assert owned_by(process.pid) == []
    assert names(out) == ["budget-5"]
    assert Run(out / "budget-5").info.sessions[-1].outcome == "interrupted"


def test_a_ceiling_holds_for_all_runs_together(tmp_path: Path) -> None:
    """It covers one episode: in the second run none starts, and the third does not begin."""
    out = tmp_path / "r"
    arguments = ("run", "smoke", "--ids", "numeric/0000", "--interpreter", "aia", "--protocol", "text", "--out", out)
    with LlmServer(by_round([Say("nothing")])) as server:
        model = ("--model", "m", "--base-url", server.url, "--rounds", "1", "--reminders", "0", "--budget", "5,6,7")

        def play(*further: str) -> tuple[int, str]:
            done = findbench(*arguments, *model, *further, NO_PROXY="127.0.0.1")
            return done.returncode, done.stderr

        code, stderr = play("--max-tokens", "200")
        assert code == 1, stderr
        assert names(out) == ["budget-5", "budget-6"]
        assert f"{out}/budget-6: the run has used " in stderr
        assert "of --max-tokens 200" in stderr
        assert "to resume: findbench run" in stderr
        assert len(contents(out)) == 1
        code, stderr = play()
        assert code == 0, stderr
    assert len(contents(out)) == 3


def test_a_report_of_a_series_is_that_of_its_runs_and_a_single_run_must_be_named(tmp_path: Path) -> None:
    for budget in (5, 100, 20):
        with Run.open_for_writing(tmp_path / f"budget-{budget}", config(budget=budget), VERSIONS) as run:
            run.save(record(budget=budget))
    (tmp_path / "budget-x").mkdir()

    def told(*runs: Path) -> Sequence[str]:
        found = json.loads(findbench("report", *runs, "--json").stdout)
        return [f"{each['run']}: {each['config']['budget']}" for each in found]

    runs = [tmp_path / f"budget-{budget}" for budget in (5, 20, 100)]
    assert told(tmp_path) == told(*runs) == ["budget-5: 5", "budget-20: 20", "budget-100: 100"]
    shown = findbench("show", tmp_path, "numeric/0000")
    assert (shown.returncode, shown.stderr.count("\n")) == (2, 1)
    assert f"holds runs with different budgets: name one, such as {runs[0]}" in shown.stderr
