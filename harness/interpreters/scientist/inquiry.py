"""How a numeric function is inquired into with a given budget, whatever the hypotheses about it are.

A part of the budget is spread over the domain; a few repeats tell noise from a corrupted stretch from neither; the rest
goes where the leading hypotheses differ, or where the leader has not been tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.soundness import domain_mean
from findbench.harness.interpreters.memoriser.numbers import pieces
from findbench.harness.interpreters.scientist.corruption import find_stretch, stretch_of
from findbench.harness.interpreters.scientist.fitting import Fit, Fitter
from findbench.harness.interpreters.scientist.sampling import Data, kind_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from findbench.functions.base import FloatArray, Mask
    from findbench.functions.numeric.noise import Noise
    from findbench.functions.numeric.spec import NumericSpec
    from findbench.harness.interpreters.asking import Questions
    from findbench.harness.interpreters.scientist.members import Member

Propose = Callable[[Fitter, Sequence[Fit]], list[Fit]]
"""(observations, the fits to fewer observations, the best first) -> fits."""

LEAST_POINTS = 5
"""With fewer observations nothing is fitted."""
SPREAD_SHARE = 0.5
"""Share of the budget that is spread over the domain first; of a noisy function most of it."""
NOISY_SHARE = 0.75
FEW = 16
"""With fewer queries only one end is asked twice, as long as that gives the same."""
ROUND = 4
"""Each round spends one part in so many of what is left."""
EXACT = 1e-12
"""Least error in the criterion: below it all fits count as exact, and the simplest wins."""
GOOD_ENOUGH = 0.7
"""Largest error of one observation, in tolerances, at which a deterministic fit explains what was observed: a network
misses its formula by half of one."""
NOISE_SLACK = 2.0
"""By how many of its standard deviations a noisy fit's mean square error may be above the noise's."""
MOST_ROUNDS = 25
"""There are no more rounds than this, about."""
RIVALS = 6
"""How many other hypotheses the leader is told apart from in one round."""
DOUBT = 14.0
"""By how much a rival's criterion may be above the leader's (odds of e to the half of it)."""
ALIKE = 24
"""How many grid points of each term of the leader are hypotheses too, of those that the observations allow."""
FARTHEST = 500
"""How many times its resolution an inner parameter is moved at most."""
GRID = np.linspace(*DOMAIN, 2049)[:-1] + 0.0437
"""Inputs at which hypotheses are compared; none is a number with one decimal, as poles and borders are."""


def inquire(questions: Questions, propose: Propose, deviation: str | None = None) -> tuple[Data, list[Fit]]:
    """Spend the budget; what was observed, and the fits to it, the best first ([] when too little came back).

    `deviation`: that of the function's form where it is known, as `Form.deviation`.
    """
    budget = questions.remaining
    data = Data(questions)
    _begin(data, budget, deviation)
    share = NOISY_SHARE if data.noise is not None else SPREAD_SHARE
    data.spread(max(0, min(data.remaining, round(share * budget) - len(data.x))))
    fits: list[Fit] = []
    checked: set[float] = set()
    stale = True
    while True:
        asked = len(data.x)
        if len(data.clean()[0]) < LEAST_POINTS:
            data.spread(min(data.remaining, LEAST_POINTS))
            if len(data.x) == asked:  # no budget, or an experiment failed
                break
            continue
        fitter = Fitter(*data.clean(), data.noise_sd)
        if stale:
            fits = ranked(propose(fitter, fits), fitter)
            if data.noise is not None and deviation is None:
                data.noise = _noise_beside(data.noise, fits[0], fitter)
        if not data.remaining:
            break
        if deviation in (None, "corruption inside") and data.noise is None and data.corruption is None:
            found = find_stretch(data, fits[0].spec, checked, explained=explains(fits[0], fitter))
            if found is not None:
                data.corruption, stale = found.corruption(), True
                fits = []  # what was fitted to random outputs is no start
                continue
        _ask_more(data, fits, fitter, max(math.ceil(data.remaining / ROUND), budget // MOST_ROUNDS))
        if len(data.x) == asked:  # an experiment failed
            break
        stale = not _foreseen(fits[0], fitter, data.x[asked:], data.y[asked:])
    return data, fits


def _noise_beside(noise: Noise, fit: Fit, fitter: Fitter) -> Noise:
    """The kind of noise that is left beside a fit: a few repeats do not tell a uniform from a normal variable."""
    free = len(fitter.x) - fit.parameters
    if noise == "poisson" or free < LEAST_POINTS:
        return noise
    rest = fit.spec.formula_values(fitter.x) - fitter.y
    small = float(np.sum(rest**2)) / free < 0.75**2
    return "uniform" if small and float(np.abs(rest).max()) < 1.3 else "normal"


def _foreseen(fit: Fit, fitter: Fitter, x: FloatArray, y: FloatArray) -> bool:
    """Whether a fit that explains what was observed before is right about what is new."""
    if fitter.noise_sd or not explains(fit, fitter):
        return False
    expected = fit.spec.formula_values(x)
    return bool((np.abs(expected - y) <= 0.01 * np.maximum(np.abs(expected), fitter.scale)).all())


def _begin(data: Data, budget: int, deviation: str | None) -> None:
    """The ends and the middle; whether they give the same again; the border of a corrupted half if one end does not."""
    low, high = DOMAIN
    if len(data.ask(np.array([low, high, 0.0])[: max(0, budget)])) < 3:
        return
    if deviation is not None:
        kind, _, which = deviation.partition(" ")
        if kind == "noise":
            data.noise = which  # type: ignore[assignment]  # one of the kinds
        if kind == "corruption" and which != "inside":
            data.corruption = stretch_of(data, which, budget)
        return
    if budget < 8:
        return
    ends = data.repeat(np.array([high] if budget < FEW else [low, high]))
    if budget < FEW and ends.any():
        ends = np.append(data.repeat(np.array([low])), ends)
    middle = data.repeat(np.array([0.0])) if budget >= FEW or ends.any() else np.zeros(0)
    if not ends.any() and not middle.any():
        return
    if ends.all() or middle.any():
        more = data.repeat(np.array([low, 0.0, high][: max(0, budget // 12)]))
        data.differences = np.concatenate([ends, middle, more])
        data.noise = kind_of(data.differences)
        return
    again = data.repeat(np.array([0.0, high if ends[0] else low]))  # counts of a Poisson variable are often equal
    if again.any():
        data.differences = np.concatenate([ends, middle, again])
        data.noise = kind_of(data.differences)
    else:
        data.corruption = stretch_of(data, "below" if ends[0] else "above", budget)


def ranked(fits: Sequence[Fit], fitter: Fitter) -> list[Fit]:
    """The fits with the least criterion first, those with as many parameters as observations left out."""
    enough = [fit for fit in fits if fit.parameters < len(fitter.x)] or list(fits)
    return sorted(enough, key=lambda fit: criterion(fit, fitter))


def criterion(fit: Fit, fitter: Fitter) -> float:
    """The Bayesian information criterion (Schwarz 1978): n log(error) + k log n, with n observations, k parameters.

    With known noise: n error / (its error) + k log n. For few observations the penalty grows as in the corrected
    criterion of Hurvich and Tsai (1989): by n / (n - k - 1)."""
    n, k = len(fitter.x), fit.parameters
    penalty = k * math.log(n) * n / max(n - k - 1, 0.5)
    if fitter.noise_sd:
        return n * fit.error / fitter.noise_error + penalty
    return n * math.log(max(fit.error, EXACT)) + penalty


def explains(fit: Fit, fitter: Fitter) -> bool:
    """Whether nothing more is needed to explain what was observed."""
    if fit.parameters >= len(fitter.x) - 1:
        return False
    if not fitter.noise_sd:
        return fit.worst <= GOOD_ENOUGH
    return fit.error <= (1 + NOISE_SLACK * math.sqrt(2 / len(fitter.x))) * fitter.noise_error


def _ask_more(data: Data, fits: Sequence[Fit], fitter: Fitter, count: int) -> None:
    """One round: where the leading fits differ; where the leader explains all, the widest gaps; else where a table of
    the observations is most likely to be wrong."""
    count = min(max(1, count), data.remaining)
    disputed = _disputed(fits, fitter, min(count, RIVALS))
    wanted = [at for at in disputed if not np.any(np.abs(fitter.x - at) < 1e-3)]
    if data.noise is not None and wanted:
        wanted *= max(1, count // (2 * len(wanted)))  # one noisy answer tells little apart
    if wanted:
        data.ask(np.array(wanted))
    left = count - len(wanted)
    if data.noise is not None:
        data.spread(left)
    elif left > 0:
        # What the leader explains may still have a hole somewhere; what it does not is looked at where it bends.
        explained = explains(fits[0], fitter)
        left = left if not explained or not wanted else left // 2
        data.ask(np.array(_middles(*_distinct(fitter.x, fitter.y), left, gaps_only=explained)))


def _distinct(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    knots, first = np.unique(x, return_index=True)
    return knots, y[first]


def _middles(x: FloatArray, y: FloatArray, count: int, *, gaps_only: bool) -> list[float]:
    """The middles of the `count` worst stretches between neighbours."""
    gaps = np.diff(x)
    badness = gaps / (40 + np.abs(x[:-1] + x[1:]) / 2) if gaps_only else gaps * pieces(x, y)[1]
    chosen = np.argsort(-badness, kind="stable")[:count]
    return [round(float(x[i] + x[i + 1]) / 2, 4) for i in chosen if gaps[i] > 0.02]


def _disputed(fits: Sequence[Fit], fitter: Fitter, count: int) -> list[float]:
    """Up to `count` inputs that tell apart the leader, its rivals, and the leader with other inner parameters that the
    observations allow: each the one that splits what is left into the most even parts (Lindley 1956)."""
    leader = fits[0]
    least = criterion(leader, fitter)
    specs = [fit.spec for fit in fits[: 1 + RIVALS] if criterion(fit, fitter) < least + DOUBT]
    specs += plausible(leader, fitter)
    if len(specs) < 2:
        return []
    with np.errstate(all="ignore"):
        values = np.array([np.nan_to_num(spec.formula_values(GRID)) for spec in specs])
    allowed = np.maximum(0.05 * np.maximum(np.abs(values[0]), fitter.scale), fitter.noise_sd)
    steps = np.clip(np.round((values - values[0]) / (2 * allowed)), -4, 4).astype(int) + 4
    groups, parts = np.zeros(len(specs), dtype=int), 1
    found: list[float] = []
    while len(found) < count:
        gains = _entropies(groups[:, None] * 9 + steps)
        best = _middle_of_longest(gains > gains.max() - 1e-9)
        split = groups * 9 + steps[:, best]
        groups = np.unique(split, return_inverse=True)[1]
        if groups.max() + 1 == parts:
            break
        parts = int(groups.max()) + 1
        found.append(round(float(GRID[best]), 4))
    return found


def _entropies(labels: NDArray[np.int_]) -> FloatArray:
    """Of the labels in each column, shape (m, k): the entropy in nats. Shape (k,)."""
    ordered = np.sort(labels, axis=0)
    count = len(ordered)
    first = np.vstack([np.ones((1, ordered.shape[1]), dtype=bool), ordered[1:] != ordered[:-1]])
    columns, rows = np.nonzero(first.T)
    sizes = np.diff(np.append(rows, count))
    sizes = np.where(sizes <= 0, count - rows, sizes)
    return np.asarray(np.bincount(columns, weights=sizes / count * np.log(count / sizes), minlength=labels.shape[1]))


def _middle_of_longest(where: Mask) -> int:
    """The middle place of the longest run of true values; one at least is true."""
    borders = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(int), [0]])))
    length, start = max((end - start, -start) for start, end in zip(borders[::2], borders[1::2], strict=True))
    return int(-start + length // 2)


def plausible(leader: Fit, fitter: Fitter) -> list[NumericSpec]:
    """The leader with other inner parameters that the observations allow: one at a time as far as it goes, and those of
    each term from its grid."""
    slack = 4 * fitter.noise_error / len(fitter.x) if fitter.noise_sd else 1e-4
    members = [*_extremes(leader, fitter, slack), *fitter.like(leader.member, leader.error + slack, ALIKE)]
    return [fitter.fit(member).spec for member in members]


def _extremes(leader: Fit, fitter: Fitter, slack: float) -> list[Member]:
    """The least and the greatest value of each inner parameter, the others as they are."""
    point, axes = leader.member.point, leader.member.axes
    found = []
    for position, axis in enumerate(axes):
        for sign in (-1, 1):
            reached, step = 0.0, axis.fine
            while abs(reached) < FARTHEST * axis.fine:
                trial = list(point)
                trial[position] = round(point[position] + reached + sign * step, 4)
                allowed = trial[position] > axis.least and fitter.error_at(leader.member, trial) <= leader.error + slack
                if allowed:
                    reached, step = reached + sign * step, step * 2
                elif step > axis.fine:
                    step = axis.fine
                else:
                    break
            if reached:
                moved = list(point)
                moved[position] = round(point[position] + reached, 4)
                found.append(leader.member.at(moved))
    return found


def finished(data: Data, fit: Fit) -> NumericSpec:
    """The function with its deviation. A corrupted stretch has the mean of a formula that is exact."""
    corruption = data.corruption
    if corruption is not None and fit.error < 1e-6:
        mean = float(f"{domain_mean(fit.spec):.6g}")
        if abs(mean - corruption.mean) < 0.3:
            corruption = corruption.model_copy(update={"mean": mean})
    return fit.spec.model_copy(update={"noise": data.noise, "corruption": corruption})
