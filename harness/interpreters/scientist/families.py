"""The scientist's grammar: each family's shape over a grid of its inner parameters, and the atom it stands for.

A function of one term is `scale * shape(x; theta) + offset`: for given inner parameters `theta` the rest is linear
least squares, so a search over `theta` is all that is left (variable projection, Golub & Pereyra 1973).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atom import POLE_GUARD, Atom, away_from_zero
from findbench.functions.numeric.atoms import bumps, edges, kinks, poles, polynomials, waves

Theta = tuple[float, ...]


@dataclass(frozen=True)
class Family:
    """One family. `grid` is the coarse search; `steps` how far each parameter may be refined from it."""

    shape: Callable[[FloatArray, Theta], FloatArray]
    grid: tuple[Theta, ...]
    steps: Theta
    atom: Callable[[float, float, Theta], Atom]
    """(scale, offset, theta) -> the term."""
    fine: float = 0.1
    """Resolution of the parameters: one decimal in the benchmark."""


def _axis(low: float, high: float, step: float) -> list[float]:
    return [round(low + i * step, 4) for i in range(round((high - low) / step) + 1)]


def _grid(*axes: list[float]) -> tuple[Theta, ...]:
    return tuple(product(*axes))


def _gaussian(x: FloatArray, t: Theta) -> FloatArray:
    return np.asarray(np.exp(-0.5 * ((x - t[0]) / t[1]) ** 2))


def _square(x: FloatArray, t: Theta) -> FloatArray:
    turns = x / t[0]
    return np.where(turns - np.floor(turns) < 0.5, 1.0, -1.0)


def _logarithm(x: FloatArray, t: Theta) -> FloatArray:
    return np.asarray(np.log(np.maximum(np.abs(x - t[0]), POLE_GUARD)))


LOCATIONS = _axis(-30, 30, 0.5)
FAMILIES: dict[str, Family] = {
    "linear": Family(lambda x, _: x, ((),), (), lambda s, o, _: polynomials.Linear(slope=s, intercept=o)),
    "absolute": Family(
        lambda x, t: np.abs(x - t[0]),
        _grid(LOCATIONS),
        (0.5,),
        lambda s, o, t: kinks.Absolute(scale=s, location=t[0], offset=o),
    ),
    "root": Family(
        lambda x, t: np.sqrt(np.abs(x - t[0])),
        _grid(LOCATIONS),
        (0.5,),
        lambda s, o, t: kinks.Root(scale=s, location=t[0], offset=o),
    ),
    "logarithm": Family(
        _logarithm, _grid(LOCATIONS), (0.5,), lambda s, o, t: kinks.Logarithm(scale=s, location=t[0], offset=o)
    ),
    "relu": Family(
        lambda x, t: np.maximum(x - t[0], t[1] * (x - t[0])),
        _grid(LOCATIONS, [0.0, 0.1, 0.2, 0.3]),
        (0.5, 0.1),
        lambda s, o, t: kinks.Relu(scale=s, location=t[0], leak=t[1], offset=o),
    ),
    "step": Family(
        lambda x, t: (x >= t[0]).astype(float),
        _grid(_axis(-30, 30, 0.25)),
        (0.25,),
        lambda s, o, t: edges.Step(scale=s, location=t[0], offset=o),
    ),
    "tanh": Family(
        lambda x, t: np.tanh((x - t[0]) / t[1]),
        _grid(LOCATIONS, [1.0, 1.5, 2.0, 3.0, 4.5, 6.5, 9.0]),
        (0.5, 1.2),
        lambda s, o, t: bumps.Tanh(scale=s, location=t[0], width=t[1], offset=o),
    ),
    "gaussian": Family(
        _gaussian,
        _grid(_axis(-50, 50, 0.5), [1.0, 1.5, 2.0, 3.0, 4.5, 6.5, 9.0]),
        (0.5, 1.2),
        lambda s, o, t: bumps.Gaussian(amplitude=s, mean=t[0], sd=t[1], offset=o),
    ),
    "rectangle": Family(
        lambda x, t: ((x >= t[0]) & (x <= t[0] + t[1])).astype(float),
        _grid(_axis(-50, 50, 0.5), _axis(1, 10, 0.5)),
        (0.5, 0.5),
        lambda s, o, t: edges.Rectangle(amplitude=s, start=t[0], width=t[1], offset=o),
    ),
    "square": Family(
        _square, _grid(_axis(2, 60, 0.1)), (0.1,), lambda s, o, t: edges.SquareWave(amplitude=s, period=t[0], offset=o)
    ),
    "sine": Family(
        lambda x, t: np.sin(t[0] * x),
        _grid(_axis(0.1, 6.3, 0.1)),
        (0.1,),
        lambda s, o, t: waves.Sine(amplitude=s, rate=t[0], offset=o),
    ),
    "cosine": Family(
        lambda x, t: np.cos(t[0] * x),
        _grid(_axis(0.1, 6.3, 0.1)),
        (0.1,),
        lambda s, o, t: waves.Cosine(amplitude=s, rate=t[0], offset=o),
    ),
    "reciprocal": Family(
        lambda x, t: 1 / away_from_zero(x - t[0]),
        _grid(_axis(-100, 100, 0.25)),
        (0.25,),
        lambda s, o, t: poles.Reciprocal(scale=s, location=t[0], offset=o),
        fine=1e-4,  # as a ratio of lines its pole -d / c has more decimals
    ),
    "ceil": Family(
        lambda x, t: np.ceil(x / t[0]),
        _grid(_axis(1, 30, 0.1)),
        (0.1,),
        lambda s, o, t: edges.Ceil(scale=s, width=t[0], offset=o),
    ),
    "floor": Family(
        lambda x, t: np.floor(x / t[0]),
        _grid(_axis(1, 30, 0.1)),
        (0.1,),
        lambda s, o, t: edges.Floor(scale=s, width=t[0], offset=o),
    ),
}
ALONE = tuple(name for name in FAMILIES if name not in ("ceil", "floor"))
"""Families that are functions of their own; the others are terms of sums and products only."""
PAIR_GRID: dict[str, int] = {"relu": 4, "tanh": 5, "gaussian": 9, "rectangle": 21, "square": 4, "reciprocal": 4}
"""Every how many-th grid point is tried when two families are combined; 3 for the rest."""


def library(names: tuple[str, ...], x: FloatArray, *, thin: bool) -> tuple[list[tuple[str, Theta]], FloatArray]:
    """Shapes of the named families at `x`: their (name, theta) and a matrix of shape (K, len(x))."""
    keys: list[tuple[str, Theta]] = []
    rows: list[FloatArray] = []
    for name in names:
        family = FAMILIES[name]
        for theta in family.grid[:: PAIR_GRID.get(name, 3) if thin else 1]:
            keys.append((name, theta))
            rows.append(family.shape(x, theta))
    return keys, np.array(rows)


def rounded(value: float, decimals: int = 1) -> float:
    """One decimal, no negative zero."""
    return round(value, decimals) + 0.0 if math.isfinite(value) else 0.0
