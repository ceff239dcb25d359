"""Numbers for numeric functions: pointwise shares, FIND's NMSE, and a mean-subtracted error."""

from __future__ import annotations

import numpy as np

from findbench.functions.base import FloatArray, Function
from findbench.functions.numeric import tolerance
from findbench.functions.numeric.atom import DOMAIN

NOISE_FLOOR = 0.25
"""Part of the noise's standard deviation that a prediction may miss by. With 1000 queries and up to five parameters
the standard error of a fit is about sd * sqrt(5 / 1000) = 0.07 sd; the floor is a little over three of them."""
FIND_SUCCESS = 0.1
"""FIND: an NMSE below this is a success (section 4 of the paper)."""


def find_grid() -> FloatArray:
    """FIND's 256 public test points k + 0.5, k = -128 .. 127."""
    return np.arange(-128.0, 128.0) + 0.5


def beside(rng: np.random.Generator, inside: FloatArray) -> FloatArray:
    """As many inputs on the two sides of an interval that holds `inside`, as wide as it each (4 to 32), in the domain.

    Whoever takes an interval for a wider one is right inside it and on nearly all of the domain: only here it shows.
    """
    low, high = float(inside.min()), float(inside.max())
    width = min(max(high - low, 4.0), 32.0)
    offsets = rng.uniform(0.0, width, len(inside))
    left = rng.random(len(inside)) < 0.5
    left = np.where(low - width < DOMAIN[0], False, np.where(high + width > DOMAIN[1], True, left))
    return np.clip(np.where(left, low - offsets, high + offsets), *DOMAIN)


def right(function: Function, targets: FloatArray, predictions: FloatArray) -> FloatArray:
    """1.0 where |prediction - target| is within the tolerance; NaN predictions are wrong. Shape of `targets`.

    tolerance = max(5 % of |target|, 5 % of the function's scale, 0.25 noise sd): see
    `findbench.functions.numeric.tolerance`.
    """
    allowed = np.maximum(tolerance(function, targets), NOISE_FLOOR * function.noise_sd)
    with np.errstate(invalid="ignore", over="ignore"):
        return (np.abs(predictions - targets) <= allowed).astype(float)


def nmse(targets: FloatArray, predictions: FloatArray, *, centred: bool) -> float | None:
    """Sum of squared errors over the sum of squared targets (FIND), or over that of their deviations from the mean.

    None when a prediction is missing or the quotient is not finite.
    """
    size = targets - targets.mean() if centred else targets
    with np.errstate(all="ignore"):
        value = float(np.sum((targets - predictions) ** 2) / np.sum(size**2))
    return value if np.isfinite(value) else None
