"""A numeric function's noise-free values, and how near an answer must be to them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.tolerance import relative_tolerance, robust_scale

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.functions.numeric.spec import NumericSpec

GRID: FloatArray = DOMAIN[0] + (DOMAIN[1] - DOMAIN[0]) * (np.arange(4096) + 0.5) / 4096
"""4,096 midpoints over the domain (spacing 1/16)."""
GRID.setflags(write=False)


def target_values(spec: NumericSpec, x: FloatArray) -> FloatArray:
    """Noise-free values, unrounded; in a corrupted region its mean."""
    values = spec.base_values(x)
    return values if spec.corruption is None else np.where(spec.corruption.mask(x), spec.corruption.mean, values)


@lru_cache(maxsize=4096)
def spec_scale(spec: NumericSpec) -> float:
    """Size of the function's variation over the domain (see `robust_scale`); 0 for a constant."""
    return robust_scale(target_values(spec, GRID))


def spec_tolerance(spec: NumericSpec, targets: FloatArray) -> FloatArray:
    """Largest allowed |answer - target| for each target, without regard to noise."""
    return relative_tolerance(np.abs(targets), spec_scale(spec))
