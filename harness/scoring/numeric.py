"""What only numbers have: FIND's public grid and error, an error without the mean, inputs beside a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray, Interval

FIND_SUCCESS = 0.1
"""FIND: an NMSE below this is a success (section 4 of the paper)."""


def find_grid() -> FloatArray:
    """FIND's 256 public test points k + 0.5, k = -128 .. 127."""
    return np.arange(-128.0, 128.0) + 0.5


def beside(rng: np.random.Generator, inside: FloatArray, domain: Interval) -> FloatArray:
    """As many inputs on the two sides of an interval that holds `inside`, as wide as it each (4 to 32), in the domain.

    Whoever takes an interval for a wider one is right inside it and on nearly all of the domain: only here it shows.
    """
    low, high = float(inside.min()), float(inside.max())
    width = min(max(high - low, 4.0), 32.0)
    offsets = rng.uniform(0.0, width, len(inside))
    left = rng.random(len(inside)) < 0.5
    left = np.where(low - width < domain[0], False, np.where(high + width > domain[1], True, left))
    return np.clip(np.where(left, low - offsets, high + offsets), *domain)


def nmse(targets: FloatArray, answers: FloatArray, *, centred: bool) -> float | None:
    """Sum of squared errors over the sum of squared targets (FIND), or over that of their deviations from the mean.

    None when an answer is missing (NaN) or the quotient is not finite.
    """
    size = targets - targets.mean() if centred else targets
    with np.errstate(all="ignore"):
        value = float(np.sum((targets - answers) ** 2) / np.sum(size**2))
    return value if np.isfinite(value) else None
