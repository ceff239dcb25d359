"""Inputs of numeric functions: global, local to a region, exemplars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN, Place

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray, Interval
    from findbench.functions.numeric.spec import NumericSpec

DECIMALS = 4


def _off_grid(x: FloatArray) -> FloatArray:
    """Rounded to 4 decimals and moved off FIND's public test grid k + 0.5."""
    x = np.round(x, DECIMALS)
    return np.where(x - np.floor(x) == 0.5, x + 10.0**-DECIMALS, x)


def stratified(rng: np.random.Generator, n: int, low: float = DOMAIN[0], high: float = DOMAIN[1]) -> FloatArray:
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


def spec_places(spec: NumericSpec) -> list[Place]:
    """Where something local is visible inside the domain, each under a name of its own; the corrupted region first."""
    found: dict[str, Place] = {}
    if spec.corruption is not None:
        place = spec.corruption.place()
        found[place.name] = place
    for term in spec.terms:
        for place in term.places():
            name = place.name if spec.operator is None else f"{place.name} ({term.name()})"
            pieces = tuple(piece for interval in place.intervals for piece in _within(interval, spec))
            if pieces:
                found[name] = Place(name, pieces, place.bounded, place.corrupted)
    return list(found.values())


def spec_borders(spec: NumericSpec) -> list[float]:
    """Where the noise-free value jumps inside the domain, ascending."""
    found = {border for term in spec.terms for border in term.borders() if DOMAIN[0] < border < DOMAIN[1]}
    if spec.corruption is not None:
        covered = spec.corruption.interval
        found = {border for border in found if not covered[0] <= border <= covered[1]}
        found |= {bound for bound in (spec.corruption.low, spec.corruption.high) if bound is not None}
    return sorted(found)


def place_inputs(rng: np.random.Generator, place: Place, n: int) -> FloatArray:
    """`n` inputs over the union of the place's disjoint intervals, in proportion to their lengths."""
    lengths = np.array([b - a for a, b in place.intervals])
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    along = rng.permutation((np.arange(n) + rng.random(n)) / max(n, 1)) * edges[-1]
    piece = np.minimum(np.searchsorted(edges, along, side="right") - 1, len(place.intervals) - 1)
    lows, highs = np.array([a for a, _ in place.intervals]), np.array([b for _, b in place.intervals])
    x = _off_grid(lows[piece] + along - edges[piece])
    return np.asarray(np.minimum(np.maximum(x, lows[piece]), highs[piece]), dtype=np.float64)


def exemplar_inputs(rng: np.random.Generator, spec: NumericSpec, n: int) -> FloatArray:
    """`n` inputs in ascending order: half over the domain, half in the local regions (without any: all over it)."""
    places = spec_places(spec)
    local = (n // 2) // len(places) if places else 0
    x = [stratified(rng, n - local * len(places)), *(place_inputs(rng, place, local) for place in places)]
    return np.sort(np.concatenate(x))


def probes(rng: np.random.Generator, *specs: NumericSpec, n: int = 256, local: int = 64) -> FloatArray:
    """Held-out inputs: `n` over the domain and `local` in each local region of each spec."""
    places = [place for spec in specs for place in spec_places(spec)]
    return np.concatenate([stratified(rng, n), *(place_inputs(rng, place, local) for place in places)])
