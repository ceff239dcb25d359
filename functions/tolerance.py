"""How near a number must be to its target to be right: the one rule of generators, audit and scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.kinds import FloatArray

RELATIVE = 0.05
"""Share of the target's magnitude, and of the function's scale, by which an answer may miss."""
QUERIES = 100
"""Noisy observations behind an answer, where nobody says how many there could be."""
STANDARD_ERRORS = 3.5
"""How many standard errors of a fit an answer may miss by: a fit of the true form then stays within them everywhere in
more than 99 % of cases (measured in docs/scoring.md), and with 1000 queries and five parameters it is a quarter of the
noise's standard deviation."""
PARAMETERS = 5
"""Parameters of a form of which nothing is known."""
LEAST = 1e-9
"""The smallest tolerance: what is left of a target of 0 of a function that does not vary."""


def robust_scale(values: FloatArray) -> float:
    """Size of the variation of `values`, shape (n,); 0 for a constant.

    Half of the range between their 5th and 95th percentile, but at least a tenth of half of the range between 0.15 %
    and 99.85 % (which a rectangle of width 1 reaches, and a pole does not spoil).
    """
    low, lower, upper, high = np.quantile(values, [0.0015, 0.05, 0.95, 0.9985])
    return float(max((upper - lower) / 2, (high - low) / 20))


def relative_tolerance(magnitudes: FloatArray, scale: float) -> FloatArray:
    """Largest error that is right, shape of `magnitudes` (|target|): 5 % of it or of `scale`, whichever is more."""
    return np.maximum(RELATIVE * np.maximum(magnitudes, scale), LEAST)


def noise_floor(sd: float, queries: int, parameters: int = PARAMETERS) -> float:
    """What an answer may miss by because of noise of standard deviation `sd`: `STANDARD_ERRORS` standard errors of a
    least-squares fit of `parameters` numbers to `queries` observations.

    The largest standard error of such a fit, over all inputs, is `sd * sqrt(parameters / queries)` where the queries
    are well placed, and never less: Kiefer and Wolfowitz, The equivalence of two extremum problems (1960). With fewer
    queries than parameters there is no fit; as many as parameters are then assumed.
    """
    return STANDARD_ERRORS * sd * float(np.sqrt(parameters / max(queries, parameters)))
