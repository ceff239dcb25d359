"""Finding a corrupted stretch: where the output is random although it is not elsewhere, and its borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.noise import CORRUPTION_SD
from findbench.functions.numeric.spec import Corruption, NumericSpec

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.harness.interpreters.scientist.sampling import Data

SCATTER = 5 * CORRUPTION_SD
"""Corrupted values lie this near to their mean."""
FINEST = 0.06
"""Borders have one decimal: they are sought to within this."""
COARSEST = 64.0
"""With N queries a border is sought to within this over N to the power of 1.5, if that is coarser."""
CHECKS = 3
"""How many stretches that look odd are asked again in one round."""
ODD = 1.5
"""A stretch looks odd when its neighbours miss it by so many tolerances."""


@dataclass
class Stretch:
    """A corrupted stretch, as far as it is known."""

    where: Literal["inside", "above", "below"]
    low: float
    high: float
    mean: float

    def corruption(self) -> Corruption:
        """As data."""
        low, high = round(self.low, 1) + 0.0, round(self.high, 1) + 0.0
        return Corruption(
            where=self.where,
            low=None if self.where == "below" else low,
            high=None if self.where == "above" else max(high, low + 0.1),
            mean=round(self.mean, 3),
        )


def stretch_of(data: Data, where: str, budget: int) -> Corruption:
    """The half of the domain that is known to be corrupted from one end on: its border found by bisection."""
    low, high = DOMAIN
    inside = high if where == "above" else low
    mean = float(np.mean(data.y[data.x == inside]))
    edge = _border(data, inside, 0.0, mean, None, _resolution(budget))
    if where == "above":
        return Stretch("above", edge, high, _mean(data, edge, high, mean)).corruption()
    return Stretch("below", low, edge, _mean(data, low, edge, mean)).corruption()


def find_stretch(data: Data, formula: NumericSpec | None, checked: set[float]) -> Stretch | None:
    """A stretch whose values are odd beside their neighbours' (or beside the formula, where one explains most) and
    other when asked again; None when none is found. `checked`: the inputs that were asked again, kept up to date."""
    order = np.argsort(data.x, kind="stable")
    x, first = np.unique(data.x[order], return_index=True)
    y = data.y[order][first]
    for start, end in _odd_runs(x, y)[:CHECKS]:
        middle = (start + end) // 2
        at = float(x[middle])
        if at in checked or not data.remaining:
            continue
        checked.add(at)
        if not data.repeat(np.array([at])).any():
            continue
        mean, budget = float(np.median(y[start : end + 1])), len(data.x) + data.remaining
        low = _border(
            data, float(x[start]), float(x[start - 1]) if start else DOMAIN[0], mean, formula, _resolution(budget)
        )
        high = _border(
            data,
            float(x[end]),
            float(x[end + 1]) if end + 1 < len(x) else DOMAIN[1],
            mean,
            formula,
            _resolution(budget),
        )
        return Stretch("inside", low, high, _mean(data, low, high, mean))
    return None


def _resolution(budget: int) -> float:
    return float(max(FINEST, COARSEST / max(budget, 1) ** 1.5))


def _mean(data: Data, low: float, high: float, near: float) -> float:
    inside = data.y[(data.x >= low) & (data.x <= high) & (np.abs(data.y - near) <= 2 * SCATTER)]
    return float(np.mean(inside)) if len(inside) else near


def _border(
    data: Data, inside: float, outside: float, mean: float, formula: NumericSpec | None, resolution: float
) -> float:
    """Where the corrupted stretch around `inside` ends towards `outside`, which is not corrupted."""
    while abs(inside - outside) > resolution and data.remaining:
        middle = round((inside + outside) / 2, 3)
        value = data.ask(np.array([middle]))
        if not len(value):
            break
        corrupted = bool(abs(value[0] - mean) <= SCATTER)
        if corrupted and formula is not None:
            expected = float(formula.formula_values(np.array([middle]))[0])
            if abs(expected - mean) > 2 * SCATTER:
                corrupted = abs(value[0] - expected) > SCATTER / 2
            else:
                corrupted = abs(value[0] - expected) > 1e-6 * max(1.0, abs(expected))
        elif corrupted:
            again = data.repeat(np.array([middle]))
            corrupted = bool(again.any())
        if corrupted:
            inside = middle
        else:
            outside = middle
    return float(inside + outside) / 2


def _odd_runs(x: FloatArray, y: FloatArray) -> list[tuple[int, int]]:
    """(first, last) place of each run of near-equal values that its neighbours on both sides would not lead one to
    expect, the oddest first."""
    n = len(x)
    low, high = np.quantile(y, [0.05, 0.95])
    scale = max(float(high - low) / 2, 1e-6)
    runs = []
    start = 0
    while start < n:
        end = start
        while end + 1 < n and np.ptp(y[start : end + 2]) <= 1.4 * SCATTER:
            end += 1
        if start > 0 and end < n - 1:
            expected = np.interp((x[start] + x[end]) / 2, [x[start - 1], x[end + 1]], [y[start - 1], y[end + 1]])
            miss = abs(float(np.mean(y[start : end + 1])) - float(expected)) / (0.05 * max(scale, abs(float(expected))))
            if miss > ODD:
                runs.append((miss * (end - start + 1), start, end))
        start = end + 1
    return [(start, end) for _, start, end in sorted(runs, reverse=True)]
