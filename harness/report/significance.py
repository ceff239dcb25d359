"""Is a difference between two runs more than chance? Tests of paired differences, Holm's correction, and power."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, bdtrc, gammaln, stdtrit, xlog1py, xlogy

from findbench.harness.report.stats import seed_of

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

LEVEL = 0.05
"""A verdict is wrong in at most this share of comparisons of equal runs, whatever the number of lines."""
POWER = 0.8
"""A difference that could have been seen is one that this share of such comparisons would show."""
EXACT_FLIPS = 14
"""Differences up to which every choice of signs is tried: 16,384 of them."""
FLIPS = 20_000
"""Random choices of signs above that: p is at least 1 / 20,001."""
BLOCK = 1 << 22
"""Signs drawn at a time."""


def mcnemar(better: int, worse: int) -> float:
    """Two-sided p of McNemar's test (1947) in its exact form, from the pairs in which only one of the runs passed.

    Under the null hypothesis each of them is as likely to be better as worse, so that `better` is binomial.
    """
    return min(1.0, 2 * float(bdtr(min(better, worse), better + worse, 0.5)))


def sign_flip(differences: Sequence[float]) -> float:
    """Two-sided p of the sign-flip test of a mean of paired differences (Fisher 1935).

    Under the null hypothesis the two scores of a pair could be exchanged, which flips the sign of their difference: p
    is the share of choices of signs that give a mean at least as far from 0. All are tried for at most EXACT_FLIPS
    differences that are not 0, else FLIPS random ones, seeded by the sizes of the differences, and the observed one
    (Phipson and Smyth 2010). Differences of one size make it McNemar's test, which is exact for any number.
    """
    found = np.array([each for each in differences if each], dtype=float)
    sizes = np.sort(np.abs(found))
    if len(set(sizes.tolist())) <= 1:
        return mcnemar(int((found > 0).sum()), int((found < 0).sum()))
    total = sizes.sum()
    observed = abs(found.sum()) - 1e-9 * total  # sums that differ by rounding alone are as extreme
    if len(found) <= EXACT_FLIPS:
        choices = np.arange(1 << len(found))[:, None] >> np.arange(len(found)) & 1
        return float((np.abs(2 * choices @ sizes - total) >= observed).mean())
    rng = np.random.default_rng(seed_of("sign-flip", sizes.tolist()))
    rows, extreme = max(1, BLOCK // len(found)), 0
    for start in range(0, FLIPS, rows):
        drawn = rng.integers(0, 2, size=(min(rows, FLIPS - start), len(found)), dtype=np.int8)
        extreme += int((np.abs(2 * (drawn @ sizes) - total) >= observed).sum())
    return (1 + extreme) / (1 + FLIPS)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, in the order given: to call a line different where its own is at most LEVEL is
    wrong for any line at all in at most that share of comparisons, however the lines depend on each other."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for rank, index in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = least
    return adjusted


def detectable(differences: Sequence[float], level: float) -> float | None:
    """The smallest true mean difference that a test at `level` shows with probability POWER, or None if none is shown.

    Of passes: if as many functions differ as in `differences`; where so few would never be enough, if more do, all in
    one direction. That is the exact power of McNemar's test (Schork and Williams 1980). Of other means: the same with
    differences of their root mean square, or, if that is more, the difference that a t-test would see, with the
    standard deviation of `differences` (Cohen 1988; for evaluations Miller 2024, arXiv 2411.00640).
    """
    n = len(differences)
    found = np.array([each for each in differences if each], dtype=float)
    if _power(n, 1.0, 1.0, level) < POWER:
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        enough = _power(n, max(len(found) / n, middle), middle, level) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    sizes = np.abs(found)
    if not len(found) or sizes.min() == sizes.max():
        return high * float(sizes.max(initial=0.0) or 1.0)
    quantiles = stdtrit(n - 1, 1 - level / 2) + stdtrit(n - 1, POWER)
    return float(max(high * (sizes**2).mean() ** 0.5, quantiles * np.std(differences, ddof=1) / n**0.5))


def _power(n: int, differing: float, difference: float, level: float) -> float:
    """Probability that McNemar's test of `n` pairs finds the better run, when a share `differing` of pairs differs and
    the better run is better in a share of pairs that is `difference` greater than where it is worse."""
    counts = np.arange(n + 1)
    log_choose = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1)
    chances = np.exp(log_choose + xlogy(counts, differing) + xlog1py(n - counts, -differing))
    found = bdtrc(_critical(n, level) - 1, counts, (1 + difference / differing) / 2)
    return float(chances @ found)


@lru_cache(maxsize=64)
def _critical(n: int, level: float) -> FloatArray:
    """For 0 to `n` differing pairs: in how many of them a run must be better to be called so at `level`; one more than
    there are where even all would not be enough."""
    needed, wins = [], 1
    for count in range(n + 1):
        while wins <= count and 2 * bdtrc(wins - 1, count, 0.5) > level:
            wins += 1
        needed.append(min(wins, count + 1))
    return np.array(needed, dtype=float)
