"""Means with bootstrap confidence intervals, over functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
BLOCK = 1 << 20
"""Elements drawn at a time: memory stays small whatever the number of functions."""


@dataclass(frozen=True)
class Estimate:
    """A mean over `n` functions, with its percentile-bootstrap interval (Efron 1979)."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Zero lies outside the interval: as a difference, it is more than chance would give."""
        return self.n > 1 and (self.low > 0 or self.high < 0)


def estimate(values: Sequence[float], *, name: str = "") -> Estimate | None:
    """Mean and interval of `values`, one per function; None when there are none.

    The resampling is seeded by `name`, so that the same records always give the same table. With equal values (all
    pass, or none does) the interval has no width: the bootstrap cannot know what it never saw.
    """
    if not values:
        return None
    data = np.asarray(values, dtype=float)
    means = _resampled_means(data, np.random.default_rng(derive("bootstrap", name, len(values))))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(float(data.mean()), float(low), float(high), len(values))


def _resampled_means(data: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Means of RESAMPLES samples with replacement, shape (RESAMPLES,)."""
    rows = max(1, BLOCK // len(data))
    parts = []
    for start in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - start)
        parts.append(data[rng.integers(0, len(data), size=(count, len(data)))].mean(axis=1))
    return np.concatenate(parts)
