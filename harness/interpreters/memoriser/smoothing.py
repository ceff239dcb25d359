"""Local regression of noisy points, its bandwidth, degree and side chosen by leave-one-out cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from findbench.functions.base import FloatArray

SPANS = (3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 600, 1200)
"""Bandwidths that are tried, as the number of points that one has weight from."""
DEGREES = (0, 1, 2)
"""Local constants, lines and parabolas are tried."""
AROUND = 25
"""Points over whose misses a fit is judged at each place."""
GAIN = 0.4
"""Share of the miss around a place that another fit must remove there: of many, one does better by chance."""
FINE = 16
"""A fit of so many points is computed at every point; a wider one more rarely, for it changes slowly."""
SIDES: tuple[Callable[[FloatArray], FloatArray], ...] = (
    np.ones_like,
    lambda offsets: np.where(offsets <= 0, 1.0, 0.0),
    lambda offsets: np.where(offsets >= 0, 1.0, 0.0),
)
"""Which points count: those on both sides, on the left, on the right. Next to a jump one side does."""


def smooth(x: FloatArray, y: FloatArray) -> FloatArray:
    """The mean of noisy `y` as a function of ascending `x`, both of shape (n,), at each `x`.

    Local polynomials with tricube weights (LOESS, Cleveland 1979). Degree, bandwidth and side are those that predict
    the points best when each is left out: all points, and where others do clearly better, those around a place.
    """
    fits = [
        (*_local(x, y, span, degree, side), side)
        for degree in DEGREES
        for span in SPANS
        for side in SIDES[: 1 if degree == 2 else 3]
        if 2 * (degree + 1) <= span < 2 * len(x)
    ]
    if not fits:
        return np.full_like(y, y.mean())
    around = max(3, min(AROUND, len(x) // 2))
    best, left_out, _ = min(fits, key=lambda fit: float(np.mean((fit[1] - y) ** 2)))
    least = (1 - GAIN) * _averaged((left_out - y) ** 2, around, SIDES[0])
    for values, left_out, side in fits:
        miss = _averaged((left_out - y) ** 2, around, side)
        best, least = np.where(miss < least, values, best), np.minimum(miss, least)
    return best


def _local(
    x: FloatArray, y: FloatArray, span: int, degree: int, side: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The local polynomial fits at every point: with it, and as if it had not been observed."""
    n = len(x)
    width = (x[-1] - x[0]) / max(1, n - 1) * (span + 1) / 2
    places = np.unique(np.append(np.arange(0, n, max(1, span // FINE)), n - 1))
    near = places[:, None] + np.arange(-span // 2 - 4, span // 2 + 5)
    inside = (near >= 0) & (near < n)
    near = np.clip(near, 0, n - 1)
    offsets = (x[near] - x[places][:, None]) / width
    weights = np.maximum(1 - np.abs(offsets) ** 3, 0) ** 3 * inside * side(offsets)
    powers = offsets[:, :, None] ** np.arange(degree + 1)
    weighted = powers * weights[:, :, None]
    matrix = weighted.transpose(0, 2, 1) @ powers
    inverse = np.linalg.pinv(matrix, rcond=1e-9, hermitian=True)[:, 0]
    values = np.einsum("pk,pwk,pw->p", inverse, weighted, y[near])
    own = inverse[:, 0]  # the weight of a point in its own fit: its tricube weight is 1
    values, own = np.interp(x, x[places], values), np.interp(x, x[places], own)
    rest = np.maximum(1 - own, 1e-3)
    return values, y - (y - values) / rest


def _averaged(values: FloatArray, count: int, side: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The mean of `values` over about `count` neighbours of each, of that side."""
    kernel = side(np.arange(-(count // 2), count // 2 + 1).astype(np.float64))[::-1]
    return np.asarray(np.convolve(values, kernel, "same") / np.convolve(np.ones_like(values), kernel, "same"))
