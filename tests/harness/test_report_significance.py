"""Tests of differences give the p that can be computed by hand, and call equal runs different as rarely as told."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test

from findbench.harness.report.comparison import differences
from findbench.harness.report.significance import detectable, holm, mcnemar, sign_flip

SOME = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.125, 0.5, 1.0]), max_size=8)


# -- McNemar


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 32),
        (6, 0, 2 / 64),
        (0, 6, 2 / 64),
        (9, 1, 2 * (1 + 10) / 1024),
        (10, 2, 2 * (1 + 12 + 66) / 4096),
        (7, 7, 1.0),
    ],
)
def test_mcnemars_p_is_twice_the_tail_of_a_fair_coin(better: int, worse: int, p: float) -> None:
    assert mcnemar(better, worse) == pytest.approx(p)


@given(better=st.integers(0, 60), worse=st.integers(0, 60))
def test_mcnemars_p_is_symmetric_and_sums_the_binomial(better: int, worse: int) -> None:
    n = better + worse
    tail = sum(comb(n, i) for i in range(min(better, worse) + 1)) / 2**n
    assert mcnemar(better, worse) == mcnemar(worse, better) == pytest.approx(min(1.0, 2 * tail))


# -- sign flips


def test_a_sign_flip_test_by_hand() -> None:
    """Of 16 choices of signs, |sum| is at least 0.8 for all + (1.0), all but the first (0.8), and their negatives."""
    assert sign_flip([-0.1, 0.2, 0.3, 0.4]) == 4 / 16


@given(SOME)
def test_the_sign_flip_test_counts_all_choices_of_signs(changes: list[float]) -> None:
    sums = [abs(np.dot(signs, changes)) for signs in product((-1, 1), repeat=len(changes))]
    assert sign_flip(changes) == pytest.approx(np.mean([each >= abs(sum(changes)) - 1e-12 for each in sums]))


@given(SOME)
def test_the_order_of_the_runs_and_functions_that_do_not_differ_change_no_p(changes: list[float]) -> None:
    assert sign_flip([-each for each in changes]) == pytest.approx(sign_flip(changes))
    assert sign_flip([*changes, 0.0, 0.0]) == pytest.approx(sign_flip(changes))


@given(better=st.integers(0, 30), worse=st.integers(0, 30), size=st.sampled_from([0.1, 1.0]))
def test_on_differences_of_one_size_it_is_mcnemars_test(better: int, worse: int, size: float) -> None:
    assert sign_flip([size] * better + [-size] * worse + [0.0] * 5) == pytest.approx(mcnemar(better, worse))


def test_random_sign_flips_agree_with_scipy_and_repeat_exactly() -> None:
    changes = np.random.default_rng(0).normal(0.3, 1, 40)
    theirs = permutation_test((changes,), np.mean, permutation_type="samples", n_resamples=20_000, rng=1).pvalue
    ours = sign_flip(changes.tolist())
    assert ours == pytest.approx(theirs, abs=0.01)
    assert ours == sign_flip((-changes[::-1]).tolist()), "the runs and their functions in another order"
    assert 0 < sign_flip(np.linspace(0.1, 1, 40).tolist()) < 0.001, "never 0, however clear"


# -- Holm


def test_holm_by_hand() -> None:
    """Four lines: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04, which may not be less than the one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_keeps_the_order_and_is_between_p_and_bonferroni(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, value in zip(p_values, adjusted, strict=True):
        assert p <= value <= min(1.0, len(p_values) * p)
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert [adjusted[i] for i in order] == sorted(adjusted)


# -- equal runs


@pytest.mark.parametrize("n", [12, 40])
def test_equal_runs_are_called_different_in_any_line_in_at_most_five_per_cent_of_comparisons(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two categories of runs that are equally good; the figures of a function depend on each other, as real ones do."""
    monkeypatch.setattr("findbench.harness.report.stats.RESAMPLES", 10)  # intervals play no part here
    monkeypatch.setattr("findbench.harness.report.significance.FLIPS", 2_000)
    rng = np.random.default_rng(n)

    def run(difficulty: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, dict[str, float]]:
        shares = np.clip(1 - difficulty * rng.exponential(0.3, len(difficulty)), 0, 1).round(2)
        return {
            f"{category}/{i:04d}": {"pass": float(shares[i] > 0.9), "global": shares[i], "local": float(shares[i] ** 2)}
            for i, category in enumerate(["numeric", "strings"] * (len(difficulty) // 2))
        }

    comparisons, wrong, uncorrected = (200 if n == 12 else 100), 0, 0
    for _ in range(comparisons):
        difficulty = rng.random(2 * n)
        lines = differences(run(difficulty), run(difficulty))
        wrong += any(line.winner for line in lines)
        uncorrected += any(line.p <= 0.05 for line in lines)
    at_most = 0.05 + 1.65 * (0.05 * 0.95 / comparisons) ** 0.5  # with the error of a simulation
    assert wrong / comparisons <= at_most
    assert uncorrected / comparisons > at_most, "without Holm's correction the same lines go wrong more often"


# -- the smallest difference that could have been seen


def share_seen(changes: np.ndarray[tuple[int, int], np.dtype[np.float64]], level: float) -> float:
    return float(np.mean([sign_flip(row.tolist()) <= level for row in changes]))


@pytest.mark.parametrize(("n", "differing", "level"), [(12, 0.0, 0.05), (25, 0.4, 0.05), (100, 0.2, 0.01)])
def test_of_passes_the_difference_that_could_have_been_seen_is_seen_in_four_of_five(
    n: int, differing: float, level: float
) -> None:
    """In comparisons where that share of functions differs, or, where that is not enough, as many as must."""
    count = round(differing * n)
    difference = detectable([1.0] * count + [0.0] * (n - count), level)
    assert difference is not None
    share = max(count / n, difference)
    rng = np.random.default_rng(n)
    chances = [(share - difference) / 2, 1 - share, (share + difference) / 2]
    drawn = rng.choice([-1.0, 0.0, 1.0], p=chances, size=(2000, n))
    assert share_seen(drawn, level) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("level", [0.05, 0.01])
def test_of_means_the_difference_that_could_have_been_seen_is_seen_in_four_of_five(level: float) -> None:
    rng = np.random.default_rng(3)
    observed = rng.normal(0, 0.2, size=12)
    difference = detectable(observed.tolist(), level)
    assert difference is not None
    drawn = rng.normal(difference, observed.std(ddof=1), size=(1000, 12))
    assert share_seen(drawn, level) == pytest.approx(0.8, abs=0.05)


def test_where_few_functions_differ_a_small_mean_difference_is_not_claimed_to_be_seen() -> None:
    """Three of 25 that differ cannot be significant, whatever their mean and spread: more would have to differ."""
    observed = [0.5, -0.4, 0.5] + [0.0] * 22
    difference = detectable(observed, 0.05)
    assert difference is not None
    size = (0.66 / 3) ** 0.5
    share = difference / size
    rng = np.random.default_rng(3)
    drawn = rng.choice([0.0, 0.9 * size, 1.1 * size], p=[1 - share, share / 2, share / 2], size=(1000, 25))
    assert share_seen(drawn, 0.05) == pytest.approx(0.8, abs=0.05)


def test_fewer_pairs_and_a_stricter_level_see_less() -> None:
    found = [detectable([0.0] * n, level) for n, level in ((1000, 0.05), (100, 0.05), (100, 0.01), (12, 0.01))]
    known = [each for each in found if each is not None]
    assert known == sorted(known)
    assert len(set(known)) == 4


def test_where_even_all_pairs_in_one_direction_are_not_enough_nothing_can_be_seen() -> None:
    """Of 12 pairs the least p is 2 / 4096."""
    assert detectable([0.0] * 12, 2 / 4096) == pytest.approx(1.0, abs=0.03)
    assert detectable([0.0] * 12, 1 / 4096) is None
