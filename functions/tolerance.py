"""How near a number must be to its target to be right: the one rule of generators, audit and scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.kinds import FloatArray

RELATIVE = 0.05
"""Share of the target's magnitude, and of the function's scale, by which an answer may miss."""
NOISE_FLOOR = 0.25
"""Part of the noise's standard deviation that an answer may miss by. With 1000 queries and up to five parameters the
standard error of a fit is about sd * sqrt(5 / 1000) = 0.07 sd; the floor is a little over three of them."""
LEAST = 1e-9
"""The smallest tolerance: what is left of a target of 0 of a function that does not vary."""


def robust_scale(values: FloatArray) -> float:
    """Size of the variation of `values`, shape (n,); 0 for a constant.

    Half of the range between their 5th and 95th percentile, but at least a tenth of half of the range between 0.15 %
    and 99.85 % (which a rectangle of width 1 reaches, and a pole does not spoil).
    """
    low, lower, upper, high = np.quantile(values, [0.0015, 0.05, 0.95, 0.9985])
    return float(max((upper - lower) / 2, (high - low) / 20))


def relative_tolerance(magnitudes: FloatArray, scale: float) -> FloatArray:
    """Largest error that is right, shape of `magnitudes` (|target|): 5 % of it or of `scale`, whichever is more."""
    return np.maximum(RELATIVE * np.maximum(magnitudes, scale), LEAST)
