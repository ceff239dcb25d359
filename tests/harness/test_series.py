"""`findbench run` with several budgets: a run for each, one secret, ceilings for all, and the same command resumes."""

import contextlib
import json
import re
import shlex
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner
from llm_server import LlmServer, Say, by_round
from rich.console import Console
from run_help import SECRET, VERSIONS, config, findbench, owned_by, record, start, wait_until

from findbench.harness.cli import cli
from findbench.harness.errors import RecordError, UsageError
from findbench.harness.records import Run
from findbench.harness.run_session import Outcome, Plan, Session
from findbench.harness.series import members
from findbench.harness.series_session import play_series


@dataclass
class Played:
    """What stands in for sessions: each run is made, and nothing else."""

    plans: list[Plan] = field(default_factory=list)
    """Those that were played."""
    ended: dict[str, Any] = field(default_factory=dict)
    """How every session ends, as fields of its outcome."""

    @contextlib.contextmanager
    def open(self, plan: Plan, console: Console) -> Iterator[Any]:
        with Run.open_for_writing(plan.path, plan.config, VERSIONS, secret=plan.secret) as run:
            self.plans.append(plan)
            yield SimpleNamespace(play=lambda: Outcome(run, **self.ended))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    stage = Played()
    monkeypatch.setattr(Session, "open", stage.open)
    return stage


def play(out: Path, *budgets: int, **settings: Any) -> list[Outcome]:
    plan = Plan(out, config(budget=None), (), "findbench run again", **settings)
    return list(play_series(plan, budgets, Console(quiet=True)))


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
    again = findbench(*ONE, "--out", out, "--budget", "6,20,30", "--secret-from", out)
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
    arguments = [*ONE, "--out", str(tmp_path / "r"), "--budget", given]
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(done.exception, click.BadParameter)
    assert why in done.exception.message
    assert not (tmp_path / "r").exists()


def test_a_series_never_mixes_with_other_things(tmp_path: Path) -> None:
    series, single, foreign = (tmp_path / name for name in ("series", "single", "foreign"))
    for path, budget in ((series / "budget-20", 20), (single, 5)):
        with Run.open_for_writing(path, config(budget=budget, rounds=7), VERSIONS) as run:
            run.save(record())
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RecordError, match=f"{series}/budget-20 is a run of another configuration"):
        play(series, 5, 20)
    with pytest.raises(UsageError, match="holds one run"):
        play(single, 5, 20)
    with pytest.raises(UsageError, match="holds no runs called budget-N"):
        play(foreign, 5, 20)
    assert sorted(tmp_path.rglob("*")) == before, "also not the run that is new and comes first"


def test_runs_of_different_secrets_are_no_series_and_a_given_secret_holds_for_all(
    tmp_path: Path, played: Played
) -> None:
    for budget, secret in ((5, SECRET), (20, "f" * 32)):
        with Run.open_for_writing(
            tmp_path / "two" / f"budget-{budget}", config(budget=budget), VERSIONS, secret=secret
        ):
            pass
    with pytest.raises(RecordError, match="have different secrets"):
        play(tmp_path / "two", 5, 20)
    play(tmp_path / "given", 5, 20, secret=SECRET)
    play(tmp_path / "drawn", 5, 20)
    play(tmp_path / "drawn", 5, 20, 30)
    assert {Run(path).secret for path in members(tmp_path / "given")} == {SECRET}
    (drawn,) = {Run(path).secret for path in members(tmp_path / "drawn")}
    assert drawn != SECRET
    with pytest.raises(RecordError, match="under another secret"):
        play(tmp_path / "drawn", 5, 20, 40, secret=SECRET)
    assert names(tmp_path / "drawn") == ["budget-5", "budget-20", "budget-30"]
    assert len(played.plans) == 2 + 2 + 3


def test_a_run_that_is_incomplete_does_not_keep_the_next_from_beginning_but_a_ceiling_does(
    tmp_path: Path, played: Played
) -> None:
    assert [outcome.complete for outcome in play(tmp_path / "a", 5, 20, 30)] == [True] * 3
    played.ended["infrastructure_errors"] = 2
    assert [outcome.complete for outcome in play(tmp_path / "a", 5, 20, 30)] == [False] * 3
    played.ended["unplayed"] = "spent it all"
    assert len(play(tmp_path / "a", 5, 20, 30)) == 1


def test_a_start_that_was_killed_before_it_wrote_anything_goes_on(tmp_path: Path, played: Played) -> None:
    (tmp_path / "budget-5").mkdir()
    (tmp_path / "budget-5" / ".lock").touch()
    play(tmp_path, 5, 20)
    assert [plan.path.name for plan in played.plans] == names(tmp_path) == ["budget-5", "budget-20"]
    assert [{path.name for path in plan.together} for plan in played.plans] == [{"budget-5", "budget-20"}] * 2


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


def test_the_report_of_two_series_has_the_area_above_the_memoriser(tmp_path: Path) -> None:
    """One number never passes for two slopes; a table of enough points does."""
    for interpreter in ("constant", "memoriser"):
        done = findbench(
            *("run", "smoke", "--ids", "numeric/0003", "--interpreter", interpreter, "--out", tmp_path / interpreter),
            *("--budget", "10,20,50,100,1000"),
        )
        assert done.returncode == 0, done.stderr
    arguments = ("report", tmp_path / "constant", tmp_path / "memoriser")
    found = json.loads(findbench(*arguments, "--json").stdout)
    passed = [each["rows"][0]["figures"]["pass"]["mean"] for each in found]
    assert passed[:5] == [0.0] * 5
    assert passed[9] == 1.0
    areas = [each["area_above_memoriser"]["numeric"].get("mean") for each in found]
    assert areas == pytest.approx([-sum(passed[5:]) / 5] * 5 + [None] * 5)
    assert [each["budgets"] for each in found] == [{"numeric": budget} for budget in (10, 20, 50, 100, 1000)] * 2
    shown = findbench(*arguments, "--html")
    assert re.search(r"^all +constant .* -[0-9]+ \[", shown.stdout, re.MULTILINE)
    page = (tmp_path / "constant" / "report.html").read_text()
    assert page.count('<svg class="plot"') == 1
    assert "<h1>constant on smoke</h1>" in page
