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
EXCESS = 2.0
"""Errors count as great from this many times their mean on."""
LONGEST = 30.0
"""A corrupted stretch is no longer than this, unless it reaches an end of the domain."""
MOST_ERRORS = 0.5
"""Share of the squared errors that must lie in one stretch to look at it."""
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


def find_stretch(data: Data, leader: NumericSpec, checked: set[float], *, explained: bool) -> Stretch | None:
    """A stretch whose outputs are other when asked again; None when none is found.

    Looked at are the place where the leading hypothesis is most wrong, and runs of near-equal values that are odd
    beside their neighbours. `explained`: that hypothesis explains all else. `checked`: the inputs that were asked
    again; those that are asked here are added.
    """
    order = np.argsort(data.x, kind="stable")
    x, first = np.unique(data.x[order], return_index=True)
    y = data.y[order][first]
    for place in [*_worst(x, y, leader), *_odd(x, y)][:CHECKS]:
        at = float(x[place])
        if at in checked or not data.remaining:
            continue
        checked.add(at)
        difference = data.repeat(np.array([at]))
        if not difference.any():
            continue
        mean = float(y[place] + difference[0] / 2)
        start = end = place
        while start > 0 and abs(y[start - 1] - mean) <= SCATTER:
            start -= 1
        while end + 1 < len(x) and abs(y[end + 1] - mean) <= SCATTER:
            end += 1
        finest = _resolution(len(data.x) + data.remaining)
        formula = leader if explained else None
        outer = float(x[start - 1]) if start else DOMAIN[0], float(x[end + 1]) if end + 1 < len(x) else DOMAIN[1]
        low = _border(data, float(x[start]), outer[0], mean, formula, finest)
        high = _border(data, float(x[end]), outer[1], mean, formula, finest)
        return Stretch("inside", low, high, _mean(data, low, high, mean))
    return None


def _worst(x: FloatArray, y: FloatArray, leader: NumericSpec) -> list[int]:
    """The worst place of the stretch in which most of the leader's squared errors lie, where there is such a stretch.

    It is the run with the greatest sum of errors in excess of their usual size (Kadane's algorithm, Bentley 1984).
    """
    with np.errstate(all="ignore"):
        errors = np.nan_to_num((leader.formula_values(x) - y) ** 2)
    excess = errors - EXCESS * errors.mean()
    total, start, best, run = 0.0, 0, 0.0, (0, 0)
    for i, value in enumerate(excess):
        if total <= 0:
            total, start = 0.0, i
        total += float(value)
        if total > best and x[i] - x[start] <= LONGEST:
            best, run = total, (start, i + 1)
    inside = errors[slice(*run)]
    return [run[0] + int(inside.argmax())] if inside.sum() > MOST_ERRORS * errors.sum() else []


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


def _odd(x: FloatArray, y: FloatArray) -> list[int]:
    """The middle of each run of near-equal values that its neighbours on both sides would not lead one to expect, the
    oddest first."""
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
            expected = float(np.interp((x[start] + x[end]) / 2, x[[start - 1, end + 1]], y[[start - 1, end + 1]]))
            miss = abs(float(np.mean(y[start : end + 1])) - expected) / (0.05 * max(scale, abs(expected)))
            if miss > ODD:
                runs.append((miss * (end - start + 1), (start + end) // 2))
        start = end + 1
    return [place for _, place in sorted(runs, reverse=True)]
