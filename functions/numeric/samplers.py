"""Inputs of numeric functions: global, local to a region, exemplars."""

from __future__ import annotations

import numpy as np

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atom import DOMAIN, Interval
from findbench.functions.numeric.spec import NumericSpec

DECIMALS = 4


def _off_grid(x: FloatArray) -> FloatArray:
    """Rounded to 4 decimals and moved off FIND's public test grid k + 0.5."""
    x = np.round(x, DECIMALS)
    return np.where(x - np.floor(x) == 0.5, x + 10.0**-DECIMALS, x)


def spread(rng: np.random.Generator, n: int, low: float = DOMAIN[0], high: float = DOMAIN[1]) -> FloatArray:
    """`n` random inputs, one in each of n equal parts of [low, high], shuffled."""
    parts = (np.arange(n) + rng.random(n)) / max(n, 1)
    x = np.minimum(np.maximum(_off_grid(low + (high - low) * parts), low), high)
    return np.asarray(rng.permutation(x))


def _within(interval: Interval, spec: NumericSpec) -> list[Interval]:
    """The parts of `interval` inside the domain and outside the corrupted region."""
    low, high = max(interval[0], DOMAIN[0]), min(interval[1], DOMAIN[1])
    pieces = [(low, high)]
    if spec.corruption is not None:
        cut = spec.corruption.interval
        pieces = [(low, min(high, cut[0] - 1e-4)), (max(low, cut[1] + 1e-4), high)]
    return [(a, b) for a, b in pieces if b - a >= 0.01]


def region_intervals(spec: NumericSpec) -> dict[str, list[Interval]]:
    """Region name -> intervals where something local is visible; the corrupted region first."""
    found: dict[str, list[Interval]] = {}
    if spec.corruption is not None:
        name = "inside the corrupted interval" if spec.corruption.where == "inside" else "beyond the cut"
        found[name] = [spec.corruption.interval]
    for term in spec.terms:
        for place, intervals in term.regions().items():
            name = place if spec.operator is None else f"{place} ({term.name()})"
            pieces = [piece for interval in intervals for piece in _within(interval, spec)]
            if pieces:
                found[name] = pieces
    return found


def region_inputs(rng: np.random.Generator, intervals: list[Interval], n: int) -> FloatArray:
    """`n` inputs over the union of disjoint `intervals`, in proportion to their lengths."""
    lengths = np.array([b - a for a, b in intervals])
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    along = spread_fractions(rng, n) * edges[-1]
    piece = np.minimum(np.searchsorted(edges, along, side="right") - 1, len(intervals) - 1)
    lows, highs = np.array([a for a, _ in intervals]), np.array([b for _, b in intervals])
    x = _off_grid(lows[piece] + along - edges[piece])
    return np.asarray(np.minimum(np.maximum(x, lows[piece]), highs[piece]), dtype=np.float64)


def spread_fractions(rng: np.random.Generator, n: int) -> FloatArray:
    """`n` stratified uniforms in [0, 1), shuffled."""
    return np.asarray(rng.permutation((np.arange(n) + rng.random(n)) / max(n, 1)))


def exemplar_inputs(rng: np.random.Generator, spec: NumericSpec, n: int) -> FloatArray:
    """`n` inputs in ascending order: half over the domain, half in the local regions (without any: all over it)."""
    regions = list(region_intervals(spec).values())
    local = (n // 2) // len(regions) if regions else 0
    x = [spread(rng, n - local * len(regions)), *(region_inputs(rng, intervals, local) for intervals in regions)]
    return np.sort(np.concatenate(x))
