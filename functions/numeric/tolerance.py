"""A numeric function's noise-free values, and how near an answer must be to them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.noise import CORRUPTION_SD
from findbench.functions.tolerance import noise_floor, relative_tolerance, robust_scale

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


def parameter_count(spec: NumericSpec) -> int:
    """How many numbers the formula has."""
    values = (value for term in spec.terms for value in term.model_dump(exclude={"atom"}).values())
    return sum(len(value) if isinstance(value, (tuple, list)) else 1 for value in values)


def spec_noise_floor(spec: NumericSpec, targets: FloatArray, queries: int) -> FloatArray:
    """What an answer may miss each target by because of noise (see `noise_floor`), shape of `targets`.

    A corrupted region scatters too, and only there: its mean alone is estimated from what is noisy, and a target that
    is the mean counts as one in the region.
    """
    if spec.corruption is not None:
        floor = noise_floor(CORRUPTION_SD, queries, 1)
        return np.where(np.isclose(targets, spec.corruption.mean, rtol=1e-9), floor, 0.0)
    return np.full_like(targets, noise_floor(spec.noise_sd, queries, parameter_count(spec)))
