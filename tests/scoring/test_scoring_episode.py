"""Scores of submitted code, on real containers: right is right, near is wrong, tricks are nothing."""

from collections.abc import Sequence

import numpy as np
import pytest

from findbench.functions.base import Function
from findbench.functions.held_out import take
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.tolerance import GRID
from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.score import Score
from findbench.harness.scoring import numeric
from findbench.harness.scoring.ranking import auc
from findbench.harness.scoring.scorer import MAX_CODE, held_out, score_episode
from findbench.harness.scoring.validation import TARGETS, missed, validate

SUITE = load_suite("mini")
NUMERIC = [f for f in SUITE.values() if isinstance(f, NumericFunction)]
CORRUPTED = next(f for f in NUMERIC if "corruption" in f.tags)
PLAIN = next(f for f in NUMERIC if "clean" in f.tags)


def score(function: Function, code: str, queried: Sequence[float] = ()) -> Score:
    return score_episode(function, Interpretation(code=code), seed=7, open_runner=CodeRunner, queried=queried)


def test_the_reference_passes_and_the_formula_without_its_region_does_not() -> None:
    whole = score(CORRUPTED, CORRUPTED.reference_code)
    assert (whole.pass_, whole.global_, whole.local) == (True, 1.0, 1.0)
    assert whole.flags == ()
    spec = CORRUPTED.spec.model_copy(update={"corruption": None})
    plain = score(CORRUPTED, NumericFunction("numeric/x", spec).reference_code)
    assert plain.pass_ is False
    assert plain.global_ is not None
    assert plain.global_ > 0.4
    assert plain.local is not None
    assert plain.local < 0.95


def test_code_that_counts_its_calls_is_stateful_and_never_right() -> None:
    code = (
        PLAIN.reference_code
        + "\nhonest, calls = predict, []\n"
        + ("def predict(x):\n    calls.append(x)\n    return honest(x) + (len(calls) > 60)\n")
    )
    found = score(PLAIN, code)
    assert "stateful" in found.flags
    assert (found.pass_, found.global_) == (False, 0.0)


@pytest.mark.parametrize(
    ("code", "flag"),
    [("", "no_code"), ("#" * (MAX_CODE + 1), "too_long"), ("def predict(x):\n    while True: pass", "timeout")],
    ids=["nothing", "a table", "endless"],
)
def test_what_cannot_be_run_is_wrong_and_says_why(code: str, flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("findbench.harness.scoring.scorer.EVALUATION_SECONDS", 1.0)
    found = score(PLAIN, code)
    assert flag in found.flags
    assert (found.pass_, found.global_, found.find_nmse) == (False, 0.0, False)


def test_a_broken_sandbox_is_no_score() -> None:
    def broken() -> CodeRunner:
        raise InfrastructureError("gone")

    with pytest.raises(InfrastructureError):
        score_episode(PLAIN, Interpretation(code="def predict(x): return 1"), seed=1, open_runner=broken)


def test_held_out_inputs_need_seed_and_function_and_are_counted_when_queried() -> None:
    mine, again, other = held_out(PLAIN, 1), held_out(PLAIN, 1), held_out(PLAIN, 2)
    assert np.array_equal(mine.asked, again.asked)
    assert np.array_equal(mine.global_, again.global_)
    assert not np.array_equal(mine.asked, other.asked)
    assert not np.array_equal(mine.global_, held_out(CORRUPTED, 1).global_)
    asked = held_out(PLAIN, 7)
    queried = np.asarray(take(asked.asked, asked.global_), dtype=float).tolist()
    assert score(PLAIN, "", queried=queried).overlap > 0
    assert score(PLAIN, "").overlap == 0


def test_a_point_is_right_within_five_percent_of_target_or_scale() -> None:
    targets = PLAIN.target(GRID)
    assert PLAIN.is_correct(targets, targets + 0.04 * np.abs(targets)).all()
    assert not PLAIN.is_correct(targets, np.full_like(targets, np.nan)).any()
    assert not PLAIN.is_correct(targets, targets + 10 * (np.abs(targets) + np.ptp(targets) + 1)).any()


def test_nmse_is_finds_and_the_centred_one_ignores_the_mean() -> None:
    targets, mean = np.array([99.0, 101.0]), np.array([100.0, 100.0])
    assert numeric.nmse(targets, mean, centred=False) == pytest.approx(2 / (99**2 + 101**2))
    assert numeric.nmse(targets, mean, centred=True) == pytest.approx(1.0)
    assert numeric.nmse(targets, np.array([np.nan, 1.0]), centred=False) is None


def test_auc_is_one_for_the_right_order_half_for_ties_and_counts_missing_as_wrong() -> None:
    active = np.array([False, False, True, True])
    assert auc(active, [0.1, 0.2, 0.3, 0.4]) == 1.0
    assert auc(active, [0.4, 0.3, 0.2, 0.1]) == 0.0
    assert auc(active, [1.0, 1.0, 1.0, 1.0]) == 0.5
    assert auc(active, [0.1, 0.2, None, 0.4]) == 0.5
    assert auc(active, [None] * 4) == auc(active, ["text"] * 4) == 0.0, "no answer stays in the mean"
    assert auc(np.ones(3, dtype=bool), [1.0, 2.0, 3.0]) is None


def test_relations_are_compared_without_case_accents_and_spaces() -> None:
    relation = SUITE["relations/0000"]
    given = ["  sao PAULO ", "Sao Paolo", None, 3.0]
    assert relation.is_correct(["São Paulo"] * 4, given).tolist() == [True, False, False, False]


def test_validation_meets_its_targets_on_functions_of_every_variant() -> None:
    chosen = {f.tags: f for f in SUITE.values() if f.category == "numeric"}
    results = validate(chosen.values(), CodeRunner, concurrency=1, anchors=0)
    assert missed({group: found for group, found in results.items() if group == "numeric"}) == []
    assert results["numeric"]["reference"] == (1.0, len(chosen))


def test_a_missed_target_is_one_line_that_says_which() -> None:
    target = TARGETS[0]
    (line,) = missed({"numeric": {target.check: (0.5, 10)}})
    assert line.startswith("numeric: reference 0.500 over 10, must be = 1")
