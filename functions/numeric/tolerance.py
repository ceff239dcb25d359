"""How near a value must be to a numeric function's target: the one measure of generator, audit and scoring."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.spec import NumericSpec

RELATIVE = 0.05
"""Share of the target's magnitude, and of the function's scale, by which a prediction may miss."""
_GRID = DOMAIN[0] + (DOMAIN[1] - DOMAIN[0]) * (np.arange(4096) + 0.5) / 4096


def domain_grid() -> FloatArray:
    """4,096 midpoints over the domain (spacing 1/16)."""
    return _GRID


def target_values(spec: NumericSpec, x: FloatArray) -> FloatArray:
    """Noise-free values, unrounded; in a corrupted region its mean."""
    values = spec.base_values(x)
    return values if spec.corruption is None else np.where(spec.corruption.mask(x), spec.corruption.mean, values)


@lru_cache(maxsize=4096)
def spec_scale(spec: NumericSpec) -> float:
    """Robust size of the function's variation over the domain: half of the range between its 5th and 95th percentile,
    but at least a tenth of half of the range between 0.15 % and 99.85 % (which a rectangle of width 1 reaches, and a
    pole does not spoil). 0 for a constant."""
    low, lower, upper, high = np.quantile(target_values(spec, _GRID), [0.0015, 0.05, 0.95, 0.9985])
    return float(max((upper - lower) / 2, (high - low) / 20))


def spec_tolerance(spec: NumericSpec, targets: FloatArray) -> FloatArray:
    """Largest allowed |prediction - target| for each target: 5 % of it or of the scale, whichever is more."""
    return np.maximum(RELATIVE * np.maximum(np.abs(targets), spec_scale(spec)), 1e-9)
