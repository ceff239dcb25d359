"""Observation noise: unit-scale variates from uniforms by inverse CDF, and a corrupted region's scatter."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

Noise = Literal["uniform", "normal", "poisson"]
NOISES: tuple[Noise, ...] = ("uniform", "normal", "poisson")
NOISE_SD: dict[Noise, float] = {"uniform": 1 / math.sqrt(3), "normal": 1.0, "poisson": 1.0}
NOISE_WORDS: dict[Noise, str] = {
    "uniform": "noise uniform on [-1, 1]",
    "normal": "normal noise with mean 0 and standard deviation 1",
    "poisson": "Poisson noise: a Poisson(1) count minus its mean 1, so that the noise has mean 0",
}
CORRUPTION_SD = 0.1
"""Standard deviation of the output inside a corrupted region (FIND)."""

_TINY = 2.0**-54
_ALMOST_ONE = 1 - 2.0**-53
_POISSON_CDF = np.cumsum([math.exp(-1) / math.factorial(k) for k in range(18)])[:-1]
_POISSON_STEPS = _POISSON_CDF.tolist()


def standard_normal(uniforms: FloatArray) -> FloatArray:
    """N(0, 1) variates, finite for uniforms of exactly 0 and 1 too (then about +-8)."""
    return np.asarray(ndtri(np.minimum(np.maximum(uniforms, _TINY), _ALMOST_ONE)))


def one_standard_normal(uniform: float) -> float:
    """The same of one, with the same bits."""
    return float(ndtri(min(max(uniform, _TINY), _ALMOST_ONE)))


def draw_noise(noise: Noise, uniforms: FloatArray) -> FloatArray:
    """Noise of mean 0 from one U(0, 1) variate an element. FIND adds Poisson(1) uncentred; centring it keeps the
    noise-free value the mean of what is observed, which is what scores compare with."""
    if noise == "uniform":
        return 2 * uniforms - 1
    if noise == "normal":
        return standard_normal(uniforms)
    return np.searchsorted(_POISSON_CDF, uniforms, side="right").astype(np.float64) - 1.0


def draw_one_noise(noise: Noise, uniform: float) -> float:
    """The same of one, with the same bits."""
    if noise == "uniform":
        return 2 * uniform - 1
    if noise == "normal":
        return one_standard_normal(uniform)
    return bisect_right(_POISSON_STEPS, uniform) - 1.0
