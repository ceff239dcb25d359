"""The trivial interpreters through real labs, and rescoring what they left."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from llm_server import Fail, LlmServer, Outcome, Say, by_round, in_order
from noted_lab import NotedLab

from findbench.functions.suites.builtin import load_suite
from findbench.harness.cli import cli
from findbench.harness.errors import FatalModelError
from findbench.harness.interpreters.baselines import nearest_code
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.records import Run
from findbench.harness.schema.brief import Brief, InterpreterSettings
from findbench.harness.schema.records import EpisodeRecord
from findbench.harness.schema.score import Score

FUNCTION = load_suite("smoke")["numeric/0000"]
BRIEF = Brief(category="numeric", input_kind="number", output_kind="number")


@pytest.mark.parametrize("name", ["constant", "line", "cubic", "nearest", "identity", "nothing"])
def test_a_baseline_submits_code_that_answers(name: str) -> None:
    with NotedLab(FUNCTION, budget=100) as lab, CodeRunner() as judge:
        submitted = load_interpreter(name, InterpreterSettings()).interpret(lab, BRIEF)
        assert lab.queries <= 100
        if name == "nothing":
            assert submitted.code == submitted.description == ""
            return
        assert submitted.description
        assert None not in judge.evaluate(submitted.code, [-128.0, 0.0, 3.7, 128.0]).outputs


@pytest.mark.parametrize("name", ["constant", "line", "cubic", "nearest"])
def test_a_baseline_without_budget_submits_nothing(name: str) -> None:
    with NotedLab(FUNCTION, budget=0) as lab:
        assert load_interpreter(name, InterpreterSettings()).interpret(lab, BRIEF).code == ""


def test_nearest_answers_with_the_output_of_the_nearest_input() -> None:
    with CodeRunner() as judge:
        assert judge.evaluate(nearest_code([0.0, 1.0], [5.0, 6.0]), [-9.0, 0.4, 0.6, 9.0]).outputs == [
            5.0,
            5.0,
            6.0,
            6.0,
        ]
        assert judge.evaluate(nearest_code(["abc", "xyz"], ["1", "2"]), ["abd", "xy"]).outputs == ["1", "2"]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)


def run_of_two(out: Path) -> Run:
    """A run of two numeric functions about whose descriptions there is something to ask."""
    ids = ("--ids", "numeric/0001,numeric/0002")
    started = invoke("run", "smoke", "--category", "numeric", *ids, "--interpreter", "line", "--out", str(out))
    assert started.return_value in (0, None), started.output
    return Run(out)


def score_of(record: EpisodeRecord) -> Score:
    assert record.score is not None
    return record.score


def unit_test_of(record: EpisodeRecord) -> float:
    return score_of(record).judged["unit_test"].share


def test_rescoring_restores_a_lost_score_and_judges_with_a_model(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run = run_of_two(out)
    first, second = run.records()
    run.save(first.model_copy(update={"score": None}))
    done = invoke("score", str(out))
    assert "1 of 2 scores changed" in done.output
    assert run.records() == [first, second]
    with LlmServer(by_round([Say('{"choice": "A"}')])) as server:
        done = invoke("score", str(out), "--judge-model", "tiny", "--judge-base-url", server.url)
    assert "2 descriptions judged" in done.output
    judged = run.records()
    assert all(0 <= unit_test_of(record) < 0.8 for record in judged)
    assert {score_of(record).judged["unit_test"].model for record in judged} == {"tiny"}
    (unit_test,) = json.loads((out / "judges.json").read_text())
    assert (unit_test["model"], unit_test["empty"]) == ("tiny", 0.0)
    assert (unit_test["steady"], unit_test["unanswered"]) == (0.0, 0.0), "it says A in every order"
    shown = "judge unit_test, tiny, on 2 functions: "
    assert shown in done.output
    assert shown in invoke("report", str(out)).output
    invoke("score", str(out))
    assert run.records() == judged, "what a model was paid to say outlives a scoring without it"
    assert len(json.loads((out / "judges.json").read_text())) == 1


def test_two_judges_of_one_model_stand_side_by_side(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_of_two(out)
    with LlmServer(by_round([Say(json.dumps({"outputs": [0.0] * 10}))])) as server:
        chosen = (
            "--judge-model",
            "tiny",
            "--judge-base-url",
            server.url,
            "--judge",
            "prediction",
            "--judge",
            "unit_test",
        )
        done = invoke("score", str(out), *chosen)
    assert "2 descriptions judged" in done.output
    assert "predicted" in done.output
    for record in Run(out).records():
        score = score_of(record)
        assert {name: judgement.model for name, judgement in score.judged.items()} == {
            "prediction": "tiny",
            "unit_test": "tiny",
        }
        assert score.judged["unit_test"].share == 0.0, "such a reply is no choice"
    assert [each["judge"] for each in json.loads((out / "judges.json").read_text())] == [
        "prediction",
        "unit_test",
    ]


def test_a_run_judges_its_descriptions_and_a_resumed_one_only_what_is_missing(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with LlmServer(by_round([Say('{"choice": "A"}')])) as server:
        command = (
            *("run", "smoke", "--category", "numeric", "--functions", "2", "--interpreter", "line"),
            *("--out", str(out), "--judge-model", "tiny", "--judge-base-url", server.url),
            *("--seed", "0", "--reproducible"),  # with which there are questions to ask
        )
        done = invoke(*command)
        assert done.return_value in (0, None), done.output
        assert "unit test" in done.output
        run = Run(out)
        first, second = run.records()
        assert [score_of(each).judged["unit_test"].model for each in (first, second)] == ["tiny", "tiny"]
        assert run.info.sessions[0].versions["judge"] == f"tiny at {server.url}"
        before = server.count
        invoke(*command)
        assert server.count == before, "everything was judged"
        unjudged = score_of(first).model_copy(update={"judged": {}})
        run.save(first.model_copy(update={"score": unjudged}))
        invoke(*command)
        assert before < server.count <= before + 20
    assert run.records() == [first, second]


def test_a_judge_that_cannot_serve_stops_a_run_before_its_first_episode(tmp_path: Path) -> None:
    with LlmServer(by_round([Fail(404, "model not found", code="model_not_found")])) as server:
        command = ("run", "smoke", "--interpreter", "line", "--out", str(tmp_path / "run"))
        with pytest.raises(FatalModelError, match="unknown model 'tiny'"):
            invoke(*command, "--judge-model", "tiny", "--judge-base-url", server.url)
    stopped = Run(tmp_path / "run")
    assert stopped.records() == []
    assert stopped.info.sessions[0].outcome == "stopped"


def test_a_judge_that_fails_half_way_leaves_scores_and_the_same_command_goes_on(tmp_path: Path) -> None:
    command = (
        *("run", "smoke", "--category", "numeric", "--functions", "2", "--interpreter", "line"),
        *("--out", str(tmp_path / "run"), "--concurrency", "1", "--retries", "0", "--judge-model", "tiny"),
        *("--seed", "0", "--reproducible"),
    )
    answers: list[Outcome] = [Say("ok"), *[Say('{"choice": "A"}')] * 25, Fail(500)]
    with LlmServer(in_order(answers)) as server:
        done = invoke(*command, "--judge-base-url", server.url)
        assert done.return_value == 1
        assert "some descriptions were not judged: the judge: the model gave no reply" in done.output
        run = Run(tmp_path / "run")
        first, second = run.records()
        assert "unit_test" in score_of(first).judged
        assert score_of(second).judged == {}
        assert score_of(second).global_ is not None
        assert run.info.sessions[-1].outcome == "incomplete"
        server.script = by_round([Say('{"choice": "A"}')])
        assert invoke(*command, "--judge-base-url", server.url).return_value in (0, None)
    assert all("unit_test" in score_of(record).judged for record in run.records())
