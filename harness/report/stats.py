"""Means over functions with 95 % confidence intervals: Wilson's for shares, a bootstrap for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

import numpy as np

from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

CONFIDENCE = 0.95
RESAMPLES = 10_000
END_WEIGHT = 0.5
"""Observations that the bootstrap adds at each end of a figure's range. For shares that is the interval of Jeffreys'
prior (Brown, Cai and DasGupta 2001)."""
BLOCK = 1 << 20
"""Elements drawn at a time: memory stays small whatever the number of functions."""


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` functions and the ends of its 95 % confidence interval."""

    mean: float
    low: float
    high: float
    n: int


def estimate(values: Sequence[float], *, ends: tuple[float, float] = (0.0, 1.0)) -> Estimate | None:
    """Mean and interval of `values`, one per function, all of which lie between `ends`; None when there are none.

    Where every value is one of the ends, the mean is a share, and the interval is Wilson's. Else it is a bootstrap
    whose draws are seeded by the values, so that equal values have equal intervals wherever they stand. Neither has
    width 0, however equal the values are: other functions might have other values. Raises ValueError for a value
    outside the ends.
    """
    if not values:
        return None
    least, most = ends
    if min(values) < least or max(values) > most:
        raise ValueError(f"values from {min(values)} to {max(values)} do not lie between {least} and {most}")
    mean = fmean(values)
    if set(values) <= set(ends):
        low, high = (least + (most - least) * share for share in wilson((mean - least) / (most - least), len(values)))
    else:
        low, high = _bootstrap(values, ends, np.random.default_rng(seed_of("bootstrap", values)))
    return Estimate(mean, min(low, mean), max(high, mean), len(values))


def seed_of(use: str, values: Iterable[float]) -> int:
    """A seed for one `use` of `values`, whatever their order; 0 and -0 are one value."""
    return derive(use, *(repr(value) for value in sorted(float(value) + 0.0 for value in values)))


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's score interval (1927) for a share among `n`: all shares that a test at 5 % would not reject."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = share + z**2 / (2 * n)
    half = z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return max(0.0, (middle - half) / (1 + z**2 / n)), min(1.0, (middle + half) / (1 + z**2 / n))


def _bootstrap(values: Sequence[float], ends: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    """The Bayesian bootstrap (Rubin 1981) of the values and of END_WEIGHT observations at each end.

    A bootstrap of the values alone (percentile, BCa, studentised) knows nothing of values that were not drawn: of 12
    functions that pass with probability 0.9 it covers the truth in 71 % of samples, because 28 % of them have twelve
    passes. Gaffke (2005) adds one observation at the end in question, which is wider and covers 96 to 100 %.
    """
    seen, counts = np.unique(np.asarray(values, dtype=float), return_counts=True)
    points = np.concatenate([seen, ends])
    weights = np.concatenate([counts, [END_WEIGHT, END_WEIGHT]])  # equal values share one weight: fewer draws
    means = _weighted_means(points, weights, rng)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _weighted_means(points: FloatArray, weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Means of `points` under RESAMPLES draws from the Dirichlet distribution of `weights`, shape (RESAMPLES,)."""
    rows = max(1, BLOCK // len(points))
    parts = []
    for start in range(0, RESAMPLES, rows):
        drawn = rng.standard_gamma(weights, size=(min(rows, RESAMPLES - start), len(points)))
        parts.append(drawn @ points / drawn.sum(axis=1))
    return np.concatenate(parts)
