"""Any Python callable as a hidden function: observed in a lab, scored; settings that do not fit are refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from drawn import global_inputs, region_inputs

import findbench as fb
from findbench.functions.base import Function, input_key
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.score import Score
from findbench.harness.scoring.scorer import score_episode


def score(function: Function, code: str, description: str = "") -> Score:
    return score_episode(
        function, Interpretation(code=code, description=description), seed=1, open_runner=lambda: CodeRunner()
    )


def line(x: float) -> float:
    return 3 * x + 1


LINE = Function.from_callable(
    line,
    description="A straight line with slope 3 and intercept 1.",
    domain="Any number.",
    code="def predict(x):\n    return 3 * x + 1\n",
)
TRIPLE = "def predict(x):\n    return 3 * x\n"
REVERSED = Function.from_callable(lambda row: row[::-1], kind="row", width=3, name="back to front")
SHOUT = Function.from_callable(str.upper, kind="text", regions={"names": ["oslo", "rome"]})
LENGTH = Function.from_callable(len, kind="text", output_kind="number")


def test_a_callable_is_observed_in_a_lab_and_scored_as_other_functions_are() -> None:
    with Lab(LINE, budget=10) as lab:
        assert lab.run("print(f(2), f([0, 1]))").stdout == "7.0 [1.0, 4.0]\n"
    right = score(LINE, LINE.reference_code, LINE.description)
    assert (right.pass_, right.global_) == (True, 1.0)
    wrong = score(LINE, "def predict(x):\n    return 2 * x\n", "It is a parabola.")
    assert wrong.pass_ is False


@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        (REVERSED, "def predict(x):\n    return x[::-1]\n", "def predict(x):\n    return x\n"),
        (SHOUT, "def predict(x):\n    return x.upper()\n", "def predict(x):\n    return x\n"),
        (LENGTH, "def predict(x):\n    return len(x)\n", "def predict(x):\n    return 'seven'\n"),
    ],
    ids=["rows", "texts", "text to number"],
)
def test_all_kinds_of_inputs_and_outputs_are_scored_end_to_end(function: Function, right: str, wrong: str) -> None:
    found = score(function, right)
    assert (found.pass_, found.global_, found.flags) == (True, 1.0, ())
    assert score(function, wrong).pass_ is False


def test_what_is_not_known_of_a_callable_is_not_scored() -> None:
    found = score(SHOUT, "def predict(x):\n    return x.upper()\n", "upper case")
    assert (found.find_match, found.find_nmse, found.nmse) == (None, None, None)
    assert found.regions == {"names": 1.0}


def test_an_answer_is_right_within_five_per_cent_of_it_or_of_the_functions_variation() -> None:
    targets = np.array([1000.0, 0.0])
    allowed = LINE.tolerance(targets)
    assert allowed == pytest.approx([50.0, 0.05 * 0.9 * 3 * 128], rel=0.01)
    assert LINE.is_correct(targets, [1049.0, None]).tolist() == [True, False]
    assert LINE.is_correct(targets, ["1000", float("nan")]).tolist() == [False, False]
    rows = [np.array([1000.0, 0.0]), np.array([0.0])]
    assert REVERSED.is_correct(rows, [(1040.0, -40.0), (0.0, 0.0)]).tolist() == [True, False]
    flat = Function.from_callable(lambda x: 5.0)
    assert flat.is_correct(np.array([5.0]), [5.2]).all()
    assert not flat.is_correct(np.array([5.0]), [5.3]).any()


def test_study_runs_a_whole_episode_on_a_callable_with_any_interpreter() -> None:
    record = fb.study(LINE, "line", budget=50)
    assert (record.function, record.category, record.status) == ("custom/line", "custom", "finished")
    assert record.score is not None
    assert record.score.pass_
    assert record.curve is not None
    assert fb.study(REVERSED, "nothing", budget=5).status == "no_submission"


def test_noise_is_added_to_what_is_observed_and_not_to_what_is_scored() -> None:
    noisy = Function.from_callable(line, noise=2.0)
    x = np.linspace(-5, 5, 2000)
    errors = np.asarray(noisy.sample(x, np.random.default_rng(0).random(2000))) - noisy.target(x)
    assert noisy.stochastic
    assert noisy.tags == ("noise",)
    assert errors.std() == pytest.approx(2.0, rel=0.1)
    assert noisy.is_correct(np.array([0.0]), [0.4]).all()


def test_held_out_inputs_come_from_where_the_settings_say_and_repeat_with_the_generator() -> None:
    near = Function.from_callable(line, interval=(0.0, 1.0), regions={"end": (0.9, 1.0)})
    listed = Function.from_callable(line, inputs=[1, 2, 3])
    sampled = Function.from_callable(len, kind="text", output_kind="number", inputs=lambda rng, n: ["x" * 7] * n)
    assert all(0 <= x <= 1 for x in input_key(global_inputs(near)))
    (region,) = near.regions()
    assert region.bounded
    parts = region_inputs(near)
    assert [len(part) for part in parts.values()] == [64, 64]
    assert all(0.9 <= x <= 1.0 for x in input_key(parts["end"]))
    assert all(0.0 <= x < 0.9 for x in input_key(parts["beside, end"]))
    assert set(input_key(global_inputs(listed))) == {1.0, 2.0, 3.0}
    assert input_key(global_inputs(sampled)) == ["x" * 7]
    for function in (near, listed, sampled, LINE, REVERSED, SHOUT):
        first, again = (input_key(global_inputs(function, 4)) for _ in range(2))
        assert first == again
        assert json.dumps(first)


def test_a_region_may_be_listed_or_sampled_and_what_is_in_it_is_asked() -> None:
    listed = Function.from_callable(str.upper, kind="text", regions={"names": [f"name {i}" for i in range(99)]})
    sampled = Function.from_callable(
        sum, kind="row", output_kind="number", width=2, regions={"far": lambda rng, n: list(1e6 + rng.random((n, 2)))}
    )
    assert len(region_inputs(listed)["names"]) == len(region_inputs(sampled)["far"]) == 64
    assert all(str(x).startswith("name") for x in region_inputs(listed)["names"])
    assert all(x[0] >= 1e6 for x in input_key(region_inputs(sampled)["far"]))


def test_an_interval_bounds_queries_only_where_it_was_given() -> None:
    bounded = Function.from_callable(line, interval=(0.0, 1.0))
    assert bounded.may_be_queried(np.array([-0.1, 0.0, 1.0, 1.1])).tolist() == [False, True, True, False]
    assert LINE.may_be_queried(np.array([1e9])).all()


def test_the_callables_identity_is_its_source_and_settings() -> None:
    same = Function.from_callable(line, description=LINE.description)
    assert same.fingerprint() == Function.from_callable(line, description=LINE.description).fingerprint()
    assert same.fingerprint() != Function.from_callable(abs, description=LINE.description).fingerprint()
    assert REVERSED.id == "custom/back_to_front"
    assert repr(LINE) == "<CustomFunction custom/line>"


@pytest.mark.parametrize("answer", ["text", None, float("nan"), float("inf"), [1.0]])
def test_a_callable_that_gives_no_finite_number_is_our_failure_and_says_so(answer: Any) -> None:
    with Lab(Function.from_callable(lambda x: answer), budget=3) as lab, pytest.raises(InfrastructureError) as caught:
        lab.run("f(1.0)")
    assert "returned no finite number for 1.0" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "numbers"}, "no kind 'numbers'.*number, text, row"),
        ({"output_kind": "picture"}, "no kind 'picture'"),
        ({"kind": "row"}, "width"),
        ({"kind": "row", "width": 0}, "width"),
        ({"interval": (1.0, 0.0)}, "ascending"),
        ({"kind": "text", "interval": (0.0, 1.0)}, "ascending"),
        ({"inputs": []}, "inputs are a sequence with something in it"),
        ({"noise": -1.0}, "noise is a standard deviation"),
        ({"kind": "text", "noise": 1.0}, "noise is a standard deviation"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused_in_one_line(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        Function.from_callable(line, **settings)
    assert "\n" not in str(caught.value)


def test_what_is_no_callable_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a callable"):
        Function.from_callable(3)  # type: ignore[arg-type]  # the mistake that is refused
