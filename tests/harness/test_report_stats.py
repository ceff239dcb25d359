"""Intervals cover the truth as often as they say, on few functions too, whatever the shape of the scores."""

from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from findbench.harness.report.stats import Estimate, estimate, wilson
from findbench.harness.report.table import percent

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Draw = Callable[[np.random.Generator, int], Values]


def estimated(values: list[float], ends: tuple[float, float] = (0.0, 1.0)) -> Estimate:
    found = estimate(values, ends=ends)
    assert found is not None
    return found


# -- shares


@pytest.mark.parametrize(
    ("right", "n", "told"),
    [
        (4, 4, "100 [51–100]"),
        (0, 12, "0 [0–24]"),
        (12, 12, "100 [76–100]"),
        (24, 25, "96 [80–99]"),
        (1, 1, "100 [21–100]"),
        (3, 4, "75 [30–95]"),
    ],
)
def test_a_share_has_the_interval_of_wilson(right: int, n: int, told: str) -> None:
    assert percent(estimated([1.0] * right + [0.0] * (n - right))) == told


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    """Newcombe (1998), table I: 81 of 263 and 15 of 148."""
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def covered(p: float, n: int) -> float:
    """How often Wilson's interval holds `p`, exactly: the sum over all numbers of passes."""
    intervals = [wilson(right / n, n) for right in range(n + 1)]
    return sum(
        comb(n, right) * p**right * (1 - p) ** (n - right)
        for right, (low, high) in enumerate(intervals)
        if low <= p <= high
    )


def test_of_twelve_functions_a_share_of_90_per_cent_is_covered_in_at_least_93_per_cent_of_samples() -> None:
    """A percentile bootstrap covers it in 71 %."""
    assert covered(0.9, 12) == pytest.approx(0.974, abs=0.001)


@pytest.mark.parametrize("n", [4, 12, 25])
def test_over_all_shares_wilsons_interval_covers_95_per_cent(n: int) -> None:
    """For single shares it is more or less, since there are only so many numbers of passes."""
    found = [covered(p, n) for p in np.linspace(0.005, 0.995, 199)]
    assert np.mean(found) == pytest.approx(0.95, abs=0.01)
    assert min(found) > 0.83


# -- other means


def ones_or(draw: Draw, share: float) -> Draw:
    """A figure that is 1 for most functions."""
    return lambda rng, n: np.where(rng.random(n) < share, 1.0, draw(rng, n))


SHAPES: dict[str, tuple[Draw, float]] = {
    "even": (lambda rng, n: rng.random(n), 0.5),
    "skewed": (lambda rng, n: rng.beta(8, 1, n), 8 / 9),
    "at both ends": (lambda rng, n: rng.beta(0.3, 0.1, n), 0.75),
    "mostly 1": (ones_or(lambda rng, n: rng.random(n), 0.8), 0.9),
    "three repeats of 0.9": (lambda rng, n: rng.binomial(3, 0.9, n) / 3, 0.9),
    "three repeats, functions that differ": (lambda rng, n: rng.binomial(3, rng.beta(0.45, 0.05, n)) / 3, 0.9),
}


@pytest.fixture
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many intervals in little time: their ends are a little less steady than in a report."""
    monkeypatch.setattr("findbench.harness.report.stats.RESAMPLES", 2_000)


@pytest.mark.usefixtures("fewer_draws")
@pytest.mark.parametrize("shape", SHAPES)
def test_of_twelve_functions_a_mean_is_covered_in_at_least_93_per_cent_of_samples(shape: str) -> None:
    draw, truth = SHAPES[shape]
    rng = np.random.default_rng(1)
    samples = [estimated(draw(rng, 12).tolist()) for _ in range(1000)]
    assert np.mean([found.low <= truth <= found.high for found in samples]) >= 0.93


@pytest.mark.usefixtures("fewer_draws")
def test_of_twelve_pairs_a_difference_is_covered_in_at_least_93_per_cent_of_samples() -> None:
    """First run passes 0.7, second 0.9, independently: differences of -1, 0 and 1."""
    rng = np.random.default_rng(12)
    drawn = (rng.random((1000, 12)) < 0.9).astype(float) - (rng.random((1000, 12)) < 0.7)
    samples = [estimated(values.tolist(), ends=(-1, 1)) for values in drawn]
    assert np.mean([found.low <= 0.2 <= found.high for found in samples]) >= 0.93


def test_many_functions_have_the_interval_of_the_central_limit() -> None:
    values = np.random.default_rng(0).beta(4, 2, size=400).tolist()
    found = estimated(values)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(values) / 20, rel=0.1)


# -- whatever the values are


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=20))
def test_an_interval_contains_its_mean_lies_in_the_range_and_repeats_exactly(values: list[float]) -> None:
    found = estimated(values)
    assert found == estimated(sorted(values)), "in any order"
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.mean == pytest.approx(np.mean(values))


@given(value=st.sampled_from([-1.0, 0.0, 0.3, 1.0]), n=st.integers(1, 200))
def test_equal_values_have_an_interval_with_a_width(value: float, n: int) -> None:
    """Other functions might have other values: at least as far off as three in n (the rule of three)."""
    found = estimated([value] * n, ends=(-1, 1))
    assert found.high - found.low >= 1 / n


def test_more_functions_of_the_same_kind_make_the_interval_narrower() -> None:
    widths = [found.high - found.low for found in (estimated([0.9, 1.0, 0.4] * k) for k in (1, 4, 16))]
    assert widths == sorted(widths, reverse=True)


def test_no_values_give_no_estimate_and_values_out_of_range_are_refused() -> None:
    assert estimate([]) is None
    with pytest.raises(ValueError, match="do not lie between"):
        estimate([0.5, -0.5])
