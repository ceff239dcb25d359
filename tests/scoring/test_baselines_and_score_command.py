"""The trivial interpreters through real labs, and rescoring what they left."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from llm_server import LlmServer, Say, by_round

from functions import load_suite
from harness.cli import cli
from harness.interpreters import Brief, InterpreterSettings, load_interpreter
from harness.interpreters.baselines import nearest_code
from harness.lab import Lab
from harness.records import Run

FUNCTION = load_suite("smoke")["numeric/0000"]
BRIEF = Brief(category="numeric", input_kind="number", output_kind="number")


class Noted(Lab):
    def note(self, kind, data) -> None:
        """Nothing is kept."""


@pytest.mark.parametrize("name", ["constant", "line", "cubic", "nearest", "identity", "nothing"])
def test_a_baseline_submits_code_that_answers(name) -> None:
    with Noted(FUNCTION, budget=100) as lab, Lab(None) as judge:
        submitted = load_interpreter(name, InterpreterSettings()).interpret(lab, BRIEF)
        assert lab.queries <= 100
        if name == "nothing":
            assert submitted.code == submitted.description == ""
            return
        assert submitted.description
        assert None not in judge.evaluate(submitted.code, [-128.0, 0.0, 3.7, 128.0]).outputs


@pytest.mark.parametrize("name", ["constant", "line", "cubic", "nearest"])
def test_a_baseline_without_budget_submits_nothing(name) -> None:
    with Noted(FUNCTION, budget=0) as lab:
        assert load_interpreter(name, InterpreterSettings()).interpret(lab, BRIEF).code == ""


def test_nearest_answers_with_the_output_of_the_nearest_input() -> None:
    with Lab(None) as judge:
        assert judge.evaluate(nearest_code([0.0, 1.0], [5.0, 6.0]), [-9.0, 0.4, 0.6, 9.0]).outputs == [
            5.0,
            5.0,
            6.0,
            6.0,
        ]
        assert judge.evaluate(nearest_code(["abc", "xyz"], ["1", "2"]), ["abd", "xy"]).outputs == ["1", "2"]


def invoke(*arguments: str):
    return CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)


def test_rescoring_restores_a_lost_score_and_judges_with_a_model(tmp_path: Path) -> None:
    out = tmp_path / "run"
    started = ("run", "smoke", "--category", "numeric", "--functions", "2", "--interpreter", "line", "--out", str(out))
    assert invoke(*started).return_value in (0, None)
    run = Run(out)
    first, second = run.records()
    run.save(first.model_copy(update={"score": None}))
    done = invoke("score", str(out))
    assert "1 of 2 scores changed" in done.output
    assert run.records() == [first, second]
    with LlmServer(by_round([Say('{"choice": "A"}')])) as server:
        invoke("score", str(out), "--model", "tiny", "--base-url", server.url)
    assert all(0 <= record.score.unit_test < 0.8 for record in run.records())
    retrieval, unit_test = json.loads((out / "judges.json").read_text())
    assert (retrieval["true"], retrieval["empty"], retrieval["instructing"]) == (1.0, 0.0, 0.0)
    assert unit_test["empty"] == 0.0
