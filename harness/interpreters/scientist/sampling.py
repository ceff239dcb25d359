"""What has been observed of a numeric function, and which inputs spread over its domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.noise import NOISE_SD, Noise

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.functions.numeric.spec import Corruption
    from findbench.harness.interpreters.asking import Questions

EVEN = 0.6
"""Share of the spread inputs' density that is even; the rest lies in the middle, where locations are."""
GOLDEN = (5**0.5 - 1) / 2
BORDER = 0.1
"""Nearer than this to a corrupted stretch, an observation is not fitted."""


class Data:
    """Observations of one function, and what repeats say about chance."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._spread = 0
        self.x: FloatArray = np.empty(0)
        self.y: FloatArray = np.empty(0)
        self.differences: FloatArray = np.empty(0)
        """Second minus first observation at each repeated input outside a corrupted stretch."""
        self.noise: Noise | None = None
        self.corruption: Corruption | None = None

    @property
    def remaining(self) -> int:
        """Number of queries that are left."""
        return self._questions.remaining

    @property
    def noise_sd(self) -> float:
        """Standard deviation of one observation; 0 without noise."""
        return NOISE_SD[self.noise] if self.noise is not None else 0.0

    def ask(self, x: FloatArray) -> FloatArray:
        """The values at `x`, kept; fewer when the budget ends or an experiment fails."""
        values = np.array(self._questions.ask([float(each) for each in x]), dtype=np.float64)
        self.x, self.y = np.concatenate([self.x, x[: len(values)]]), np.concatenate([self.y, values])
        return values

    def spread(self, count: int) -> None:
        """Ask `count` further inputs of a sequence that covers the domain, denser in the middle, without a period.

        After every number of them the domain is covered evenly (multiples of the golden ratio, Weyl 1916).
        """
        u = (0.5 + GOLDEN * np.arange(self._spread, self._spread + count)) % 1.0
        self._spread += count
        if count:
            t = 2 * u - 1
            self.ask(np.round(DOMAIN[1] * (EVEN * t + (1 - EVEN) * t**3), 2))

    def repeat(self, x: FloatArray) -> FloatArray:
        """Ask again for inputs that were asked before: second minus first observation of each."""
        first = self.x[np.array([int(np.flatnonzero(self.x == each)[0]) for each in x], dtype=int)]
        before = self.y[np.array([int(np.flatnonzero(self.x == each)[0]) for each in x], dtype=int)]
        again = self.ask(first)
        return np.asarray(again - before[: len(again)])

    def clean(self) -> tuple[FloatArray, FloatArray]:
        """The observations outside a corrupted stretch, in order of x, repeats kept."""
        order = np.argsort(self.x, kind="stable")
        x, y = self.x[order], self.y[order]
        if self.corruption is not None:
            low, high = self.corruption.interval
            keep = (x < low - BORDER) | (x > high + BORDER)
            x, y = x[keep], y[keep]
        return x, y


def kind_of(differences: FloatArray) -> Noise | None:
    """The kind of noise that the differences of repeats look like; None when there are none."""
    if not differences.any():
        return None
    if np.abs(differences - np.round(differences)).max() < 1e-6:
        return "poisson"
    small = float(np.mean(differences**2) / 2) < 0.75**2
    return "uniform" if np.abs(differences).max() <= 2 and small else "normal"
