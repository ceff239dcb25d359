"""How well submitted scores rank the inputs that a function responds to: the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import Mask


def auc(active: Mask, answers: Sequence[Any]) -> float | None:
    """Area under the ROC curve (Hanley and McNeil 1982) of the answers, for telling active inputs from the others.

    `active`, shape (n,): whether the function responds to each input. The result is the share of pairs of one active
    and one other input that the answers order alike; ties count half, answers that are no number nothing. What the
    function gives for the others differs by accidents, which nobody is asked to explain, so the order among them does
    not count. Without any answer it is 0, not unknown: who submits no code must not stay out of the mean. None when all
    inputs are of one sort.
    """
    given = np.array([x if isinstance(x, float) else np.nan for x in answers])
    if active.all() or not active.any():
        return None
    higher, lower = given[active][:, None], given[~active][None, :]
    with np.errstate(invalid="ignore"):
        alike = (higher > lower) + 0.5 * (higher == lower)
    return float(alike.mean())
