"""Scores of numeric submissions on real labs: what passes, what does not, and what each number says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from findbench.functions.entities.concepts import pool
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.result import Value
from findbench.harness.schema.score import Score
from findbench.harness.scoring.scorer import MAX_CODE, MAX_DESCRIPTION, score_episode


def function(**parts: object) -> NumericFunction:
    return NumericFunction("numeric/0000", NumericSpec.model_validate(parts))


LINE = {"terms": [{"atom": "linear", "slope": 2.0, "intercept": 3.0}]}
CORRUPTED = function(**LINE, corruption={"where": "inside", "low": 10.0, "high": 20.0, "mean": 3.0})
RECTANGLE = function(terms=[{"atom": "rectangle", "amplitude": 5.0, "start": 10.0, "width": 3.0, "offset": 1.0}])


def score(target: NumericFunction, code: str, *, queried: Sequence[Value] = ()) -> Score:
    return score_episode(target, Interpretation(code=code), seed=1, open_runner=CodeRunner, queried=queried)


def test_reference_code_passes_in_every_variant() -> None:
    for hidden in load_suite("smoke").values():
        if hidden.category == "numeric":
            found = score_episode(hidden, Interpretation(code=hidden.reference_code), seed=3, open_runner=CodeRunner)
            assert found.pass_, (hidden.tags, found)
            assert found.global_ == 1.0
            assert found.flags == ()


def test_the_formula_without_its_corrupted_region_is_globally_good_and_locally_nothing() -> None:
    found = score(CORRUPTED, "def predict(x):\n    return 2 * x + 3")
    assert found.pass_ is False
    assert found.global_ is not None
    assert found.global_ > 0.9
    assert found.local == 0.0


def test_a_constant_under_a_narrow_rectangle_fails_though_find_would_take_it() -> None:
    found = score(RECTANGLE, "def predict(x):\n    return 1.0")
    assert found.pass_ is False
    assert found.local == 0.0
    assert found.global_ is not None
    assert found.global_ > 0.95


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("", "no_code"),
        ("#" * (MAX_CODE + 1), "too_long"),
        ("import random\ndef predict(x):\n    return random.SystemRandom().random()", "stateful"),
        ("n = 0\ndef predict(x):\n    global n\n    n += 1\n    return 2 * x + 3 + n", "stateful"),
        ("import os\nos._exit(0)", "killed"),
        ("x = np.ones(10**11)\nimport numpy as np\nx = np.ones(10**11)", None),
    ],
)
def test_what_is_no_answer_is_flagged_and_scores_nothing(code: str, flag: str | None) -> None:
    found = score(function(**LINE), code)
    assert found.pass_ is False
    assert found.global_ == 0.0
    if flag:
        assert flag in found.flags


def test_finds_figures_stand_beside() -> None:
    exact = score(function(**LINE), "def predict(x):\n    return 2 * x + 3")
    assert exact.find_nmse is True
    assert exact.nmse == pytest.approx(0.0, abs=1e-20)
    assert exact.centred_nmse == pytest.approx(0.0, abs=1e-20)
    zero = score(function(**LINE), "def predict(x):\n    return 0.0")
    assert zero.find_nmse is False
    assert zero.nmse == pytest.approx(1.0)
    mean = score(function(terms=[{"atom": "constant", "value": 50.0}]), "def predict(x):\n    return 45.0")
    assert mean.find_nmse is True
    assert mean.pass_ is False


def test_held_out_inputs_are_drawn_per_episode_and_their_overlap_is_told() -> None:
    queried: list[Value] = [float(x) for x in np.arange(-128, 128) + 0.5]
    assert score(function(**LINE), "def predict(x):\n    return 2 * x + 3", queried=queried).overlap == 0.0


def test_lengths_are_reported_and_long_descriptions_flagged() -> None:
    found = score_episode(
        function(**LINE),
        Interpretation(description="a" * (MAX_DESCRIPTION + 1), code="def predict(x):\n    return x"),
        seed=1,
        open_runner=CodeRunner,
    )
    assert found.description_length == MAX_DESCRIPTION + 1
    assert "description_too_long" in found.flags


def test_a_sandbox_that_breaks_is_an_exception_and_no_score() -> None:
    def broken() -> CodeRunner:
        raise InfrastructureError("no lab")

    with pytest.raises(InfrastructureError):
        score_episode(function(**LINE), Interpretation(code="def predict(x): return 1"), seed=1, open_runner=broken)


def test_code_that_tries_itself_out_or_begins_with_a_mark_of_byte_order_is_scored() -> None:
    code = 'def predict(x):\n    return 2 * x + 3\n\n\nif __name__ == "__main__":\n    print(f(1.0))\n'
    assert score(function(**LINE), code).pass_
    assert score(function(**LINE), "\ufeff" + code).pass_


def test_a_table_has_something_to_say_of_inputs_that_it_lacks() -> None:
    neuron = load_suite("smoke")["entities/0000"]
    activations = np.asarray(neuron.target(list(pool())), dtype=np.float64)
    active = [word for word, activation in zip(pool(), activations, strict=True) if activation >= 0.5]
    table = Interpretation(code=f"TABLE = {dict.fromkeys(active, 1)!r}")
    assert score_episode(neuron, table, seed=1, open_runner=CodeRunner).auc == 1.0
    with CodeRunner() as runner:
        given = runner.evaluate("TABLE = {'Paris': 'France'}", ["PARIS ", "x"], output_kind="text").outputs
    assert given == ["France", "undefined"]


def test_who_calls_everything_undefined_is_right_in_no_more_than_the_excluded_part() -> None:
    relation = next(f for f in load_suite("mini").values() if "sub-domain" in f.tags)
    found = score_episode(
        relation, Interpretation(code="def predict(x):\n    return 'undefined'\n"), seed=1, open_runner=CodeRunner
    )
    assert found.regions == {"excluded": 1.0, "beside, excluded": 0.0}
    assert found.local == 0.0
