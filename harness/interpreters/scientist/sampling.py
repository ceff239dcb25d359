"""Which inputs of a numeric function the scientist asks for: integers twice, then where something changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.spec import Corruption
from findbench.harness.interpreters.asking import ask_for_numbers

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.harness.interpreters.base import LabLike

COARSE = np.arange(DOMAIN[0], DOMAIN[1] + 1)
FINE = np.array([x for x in np.arange(-55.0, 55.0, 0.25) if x != round(x)])
"""Between the integers, where locations, bumps and rectangles lie; fine enough for the fastest wave (period 1)."""
JUMP_QUERIES = 60
"""Queries kept for the surroundings of jumps, if the budget is large enough."""


@dataclass
class Data:
    """What was observed, and what the repeats say about chance."""

    x: FloatArray = field(default_factory=lambda: np.empty(0))
    y: FloatArray = field(default_factory=lambda: np.empty(0))
    differences: FloatArray = field(default_factory=lambda: np.empty(0))
    """Second minus first observation at each repeated input."""
    corruption: Corruption | None = None

    @property
    def noise_sd(self) -> float:
        """Standard deviation of one observation outside a corrupted region; 0 when repeats agree."""
        if self.corruption is not None or not self.differences.any():
            return 0.0
        return float(np.sqrt(np.mean(self.differences**2) / 2))

    @property
    def noise(self) -> str | None:
        """The kind of noise that the repeats look like; None when there is none."""
        if self.noise_sd == 0:
            return None
        if np.abs(self.differences - np.round(self.differences)).max() < 1e-6:
            return "poisson"
        return "uniform" if np.abs(self.differences).max() <= 2 and self.noise_sd < 0.75 else "normal"

    def observe(self, lab: LabLike, x: FloatArray) -> FloatArray:
        """Ask for the values at `x`, keep them and return them; fewer when the budget ends or an experiment fails."""
        values = np.array(ask_for_numbers(lab, x.tolist()))
        self.x, self.y = np.concatenate([self.x, x[: len(values)]]), np.concatenate([self.y, values])
        return values


def gather(lab: LabLike) -> Data:
    """Spend the budget: repeats first, because they tell noise from corruption from neither."""
    data = Data()
    share = max(8, lab.remaining // 4)
    coarse = COARSE if share >= len(COARSE) - 8 else np.linspace(*DOMAIN, share)
    first, second = data.observe(lab, coarse), data.observe(lab, coarse)
    repeated = min(len(first), len(second))
    data.differences = second[:repeated] - first[:repeated]
    if repeated:
        data.corruption = _corruption(lab, coarse[:repeated], data)
    spare = JUMP_QUERIES if lab.remaining > 4 * JUMP_QUERIES else 0
    every = max(1, math.ceil(len(FINE) / max(1, lab.remaining - spare)))
    data.observe(lab, FINE[::every])
    _sharpen_jumps(lab, data)
    return data


def _corruption(lab: LabLike, x: FloatArray, data: Data) -> Corruption | None:
    """The one stretch where repeats differ while they agree everywhere else, its edges found by bisection."""
    differs = data.differences != 0
    where = np.flatnonzero(differs)
    if not len(where) or differs.all() or not differs[where[0] : where[-1] + 1].all():
        return None
    first, last = where[0], where[-1]
    low = None if first == 0 else _edge(lab, float(x[first - 1]), float(x[first]))
    high = None if last == len(x) - 1 else _edge(lab, float(x[last + 1]), float(x[last]))
    if low is None and high is None:
        return None
    inside = data.y[: len(x)][differs]
    kind = "above" if high is None else "below" if low is None else "inside"
    both = np.concatenate([inside, inside + data.differences[differs]])
    return Corruption.model_validate(
        {"where": kind, "low": low, "high": high, "mean": round(float(np.median(both)), 3)}
    )


def _edge(lab: LabLike, outside: float, inside: float) -> float:
    """The border between an input where repeats agree and one where they differ, to within 0.05."""
    while abs(inside - outside) > 0.06 and lab.remaining >= 2:
        middle = (inside + outside) / 2
        pair = ask_for_numbers(lab, [middle, middle])
        if len(pair) == 2 and pair[0] != pair[1]:
            inside = middle
        else:
            outside = middle
    return round((inside + outside) / 2, 1)


def clean_part(data: Data) -> tuple[FloatArray, FloatArray]:
    """The observations outside a corrupted region, in order of x, repeats kept."""
    order = np.argsort(data.x, kind="stable")
    x, y = data.x[order], data.y[order]
    if data.corruption is not None:
        low, high = data.corruption.interval
        keep = (x < low - 0.1) | (x > high + 0.1)
        x, y = x[keep], y[keep]
    return x, y


def _sharpen_jumps(lab: LabLike, data: Data) -> None:
    """Ask between the neighbours whose values jump most, a tenth apart: edges in the benchmark have one decimal."""
    x, y = clean_part(data)
    if len(x) < 8:
        return
    gaps = np.abs(np.diff(y)) * (np.diff(x) > 0.11)
    wanted: list[float] = []
    for i in np.argsort(-gaps)[:12]:
        if gaps[i] > 4 * max(data.noise_sd, 0.05):
            count = min(9, round((x[i + 1] - x[i]) / 0.1) - 1)
            wanted += np.linspace(x[i], x[i + 1], count + 2)[1:-1].round(3).tolist()
    data.observe(lab, np.array(wanted))
