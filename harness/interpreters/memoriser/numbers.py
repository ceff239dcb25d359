"""The memoriser on numbers that give numbers: an adaptive table with curves between its points, or a smoothed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.tolerance import relative_tolerance
from findbench.harness.interpreters.memoriser.smoothing import smooth

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.harness.interpreters.asking import Questions

REPEATS = ((100, 9), (40, 5), (10, 3))
"""(From more than this many queries, ask so many points a second time): they tell whether observations are noisy.
None with fewer queries."""
FIRST = 0.4
"""Share of the queries that are spread evenly first, so that little slips through; the rest goes where it misses."""
ROUNDS = 24
"""About how many times it looks where the table misses most."""
FAR = 0.05
"""What is foretold of a stretch's worse end counts this much: beside a jump only one end is bad."""
MOST = 4.0
"""A miss counts no more than so many tolerances: wrong is wrong."""
LEAST = 0.005
"""What a stretch counts for where nothing looks wrong: long ones may hide something."""
CLOSEST = 0.01
"""Points are not asked nearer to one another than this."""

CODE = """\
from bisect import bisect_right

X = {knots}
P = {pieces}


def predict(x):
    x = min(max(x, X[0]), X[-1])
    i = min(max(bisect_right(X, x) - 1, 0), len(P) - 1)
    a, b, c, d = P[i]
    t = x - X[i]
    return a + t * (b + t * (c + t * d))
"""
"""`predict(x)` of a cubic between each two neighbouring points; beyond the outermost points it answers as at them."""


def table_of_numbers(questions: Questions) -> str:
    """The code of the table that all that is left of the budget buys; empty when fewer than two points came back."""
    table = _Table(questions)
    budget = questions.remaining
    repeats = next((count for more, count in REPEATS if budget > more), 0)
    table.spread(max(2, round(FIRST * (budget - repeats))))
    if len(table.x) < 2:
        return ""
    if table.is_noisy(repeats):
        table.spread(questions.remaining)
        return table_code(table.x, table.y, noisy=True)
    while questions.remaining and table.refine(max(1, budget // (2 * ROUNDS))):
        pass
    return table_code(table.x, table.y, noisy=False)


def table_code(x: FloatArray, y: FloatArray, *, noisy: bool) -> str:
    """The code of a table of observations in any order, at two different inputs or more: smoothed where noisy."""
    order = np.argsort(x, kind="stable")
    knots, index = np.unique(x[order], return_inverse=True)
    values = smooth(x[order], y[order]) if noisy else y[order]
    means = np.bincount(index, weights=values) / np.bincount(index)
    if not noisy:
        return _code(knots, pieces(knots, means)[0])
    rise = np.diff(means) / np.diff(knots)
    return _code(knots, np.stack([means[:-1], rise, 0 * rise, 0 * rise], axis=1))


class _Table:
    """Points that were asked, in the order asked."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self.x: FloatArray = np.empty(0)
        self.y: FloatArray = np.empty(0)

    @property
    def points(self) -> tuple[FloatArray, FloatArray]:
        """Different inputs in ascending order, each with the mean of its outputs."""
        x, index = np.unique(self.x, return_inverse=True)
        return x, np.bincount(index, weights=self.y) / np.bincount(index)

    def ask(self, x: FloatArray) -> FloatArray:
        """The outputs at `x`, kept; fewer when an answer did not come."""
        y = np.array(self._questions.ask(x.tolist()), dtype=np.float64)
        self.x, self.y = np.concatenate([self.x, x[: len(y)]]), np.concatenate([self.y, y])
        return y

    def spread(self, count: int) -> None:
        """Ask `count` even points over the domain: both ends and between them at first, later without the ends."""
        low, high = DOMAIN
        if len(self.x):
            self.ask(low + (high - low) * (np.arange(count) + 0.5) / max(count, 1))
        else:
            self.ask(np.linspace(low, high, count))

    def is_noisy(self, count: int) -> bool:
        """Whether some points give other outputs when they are asked again: more than half of them, or here and there.

        Where only those of one stretch do, that stretch alone is random."""
        if not count:
            return False
        chosen = np.linspace(0, len(self.x) - 1, count + 2).round().astype(int)[1:-1]
        again = self.ask(self.x[chosen])
        other = np.flatnonzero(again != self.y[chosen][: len(again)])
        return len(other) > len(again) / 2 or bool(np.any(np.diff(other) > 1))

    def refine(self, count: int) -> bool:
        """Ask in the middle of the `count` stretches where most is likely to be wrong; False when nothing was asked."""
        x, y = self.points
        gaps = np.diff(x)
        wrong = gaps * pieces(x, y)[1] * (gaps > 2 * CLOSEST)
        chosen = np.argsort(-wrong, kind="stable")[:count]
        chosen = chosen[gaps[chosen] > 2 * CLOSEST]
        return bool(len(chosen) and len(self.ask((x[chosen] + x[chosen + 1]) / 2)))


def pieces(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Between each two of n ascending points: the coefficients of a cubic in the distance from the left one, shape
    (n - 1, 4), and how much of it is likely to be wrong, shape (n - 1,).

    Each point is predicted from its neighbours by a straight line and by a cubic. A stretch gets the cubic through its
    four nearest points where the cubic foretold both of its ends better, and a straight line otherwise: next to a jump
    or a kink (the idea of essentially non-oscillatory interpolation, Harten et al. 1987).
    """
    n = len(x)
    gaps = np.diff(x)
    coefficients = np.stack([y[:-1], np.diff(y) / gaps, np.zeros(n - 1), np.zeros(n - 1)], axis=1)
    straight, curved = np.full(n, np.inf), np.full(n, np.inf)
    if n >= 3:
        straight[1:-1] = np.abs(_through([x[:-2], x[2:]], [y[:-2], y[2:]], x[1:-1]) - y[1:-1])
    if n >= 5:
        around = [slice(0, n - 4), slice(1, n - 3), slice(3, n - 1), slice(4, n)]
        curved[2:-2] = np.abs(_through([x[s] for s in around], [y[s] for s in around], x[2:-2]) - y[2:-2])
        straight[[0, 1, -2, -1]], curved[[0, 1, -2, -1]] = straight[[2, 2, -3, -3]], curved[[2, 2, -3, -3]]
        i = np.flatnonzero(curved[:-1] + curved[1:] < straight[:-1] + straight[1:])
        four = np.clip(i - 1, 0, n - 4)[:, None] + np.arange(4)
        coefficients[i] = _cubics(x[four], y[four], x[i])
    # What is foretold over twice the distance misses by 4 (a line) or 16 times (a cubic) as much.
    misses = np.minimum(straight / 4, curved / 16)
    ends = np.where(np.isfinite(misses), misses, np.inf)
    near, far = np.minimum(ends[:-1], ends[1:]), np.maximum(ends[:-1], ends[1:])
    far = np.where(np.isfinite(far), far, near)
    near = np.where(np.isfinite(near), near, np.abs(np.diff(y)))
    low, high = np.quantile(y, [0.05, 0.95])
    allowed = relative_tolerance(np.minimum(np.abs(y[:-1]), np.abs(y[1:])), float(high - low) / 2)
    excess = (near + FAR * far) / allowed
    return coefficients, np.minimum(excess, MOST) ** 0.5 + LEAST


def _through(x: list[FloatArray], y: list[FloatArray], at: FloatArray) -> FloatArray:
    """Values at `at` of the polynomials through the points (x[0], y[0]), (x[1], y[1]), ... (Lagrange)."""
    total = np.zeros_like(at)
    for i, own in enumerate(x):
        part = y[i].copy()
        for j, other in enumerate(x):
            if j != i:
                part *= (at - other) / (own - other)
        total += part
    return total


def _cubics(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """Coefficients, in the distance from `at`, of the cubics through four points each. Shape (n, 4)."""
    size = x[:, 3] - x[:, 0]
    powers = ((x - at[:, None]) / size[:, None])[:, :, None] ** np.arange(4)
    return np.asarray(np.linalg.solve(powers, y[:, :, None])[:, :, 0] / size[:, None] ** np.arange(4))


def _code(knots: FloatArray, coefficients: FloatArray) -> str:
    rows = ",\n".join("(" + ", ".join(f"{value:.7g}" for value in row) + ")" for row in coefficients)
    return CODE.format(knots=[round(float(x), 5) for x in knots], pieces=f"[\n{rows},\n]")
