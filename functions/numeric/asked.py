"""What submitted code is asked of a numeric function: the same for every function, whatever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.samplers import stratified

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray, Places

PARTS = 4096
"""Equal parts of the domain, in each of which one input is asked: 16 per unit of x, so that an interval of width 1 is
reached by some 16."""
BEYOND = 512.0
"""Largest magnitude that is asked: four times that of the domain."""
BEYOND_PARTS = 128
"""Equal parts of either side beyond the domain, in each of which one input is asked."""
PUBLIC_GRID: FloatArray = np.arange(DOMAIN[0], DOMAIN[1]) + 0.5
"""FIND's 256 public test inputs k + 0.5, k = -128 .. 127."""
PUBLIC_GRID.setflags(write=False)


def asked(rng: np.random.Generator, subject: str) -> FloatArray:  # noqa: ARG001 - all numeric functions have one brief
    """One input in each of 4,096 parts of the domain, FIND's grid, and what lies beyond: shape (4608,)."""
    return np.concatenate([stratified(rng, PARTS), PUBLIC_GRID, beyond(rng)])


def beyond(rng: np.random.Generator) -> FloatArray:
    """Inputs with 128 < |x| <= 512, evenly spread over both sides: shape (256,)."""
    low, high = DOMAIN
    left, right = (rng.random(BEYOND_PARTS) for _ in range(2))
    steps = np.arange(BEYOND_PARTS)
    # 1 - random() lies in (0, 1]: the ends of the domain may be queried and are not among these.
    sides = [
        low - (BEYOND + low) * (steps + 1 - left) / BEYOND_PARTS,
        high + (BEYOND - high) * (steps + 1 - right) / BEYOND_PARTS,
    ]
    return np.concatenate(sides)


def spread(rng: np.random.Generator, x: FloatArray, n: int) -> Places:
    """Places of `n` of `x` (all where there are fewer), one in each of n groups of neighbours."""
    order = np.argsort(x, kind="stable")
    if len(x) <= n:
        return order
    edges = np.arange(n + 1) * len(x) // n
    return order[edges[:-1] + (rng.random(n) * np.diff(edges)).astype(np.int64)]
