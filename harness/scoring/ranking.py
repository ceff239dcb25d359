"""How well a submitted score ranks entities by activation: the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from findbench.functions.base import FloatArray

ACTIVE = 0.5
"""From this activation on, a function responds to an entity: its lexicons are calibrated to lie above."""


def auc(targets: FloatArray, predictions: Sequence[float | str | None]) -> float | None:
    """Area under the ROC curve (Hanley and McNeil 1982) of the answers, for telling active entities from the others.

    The share of pairs of one active (activation at least 0.5) and one other entity that the answers order alike; ties
    count half, missing answers nothing. Below 0.5 activations differ by accidents of the embedding, which nobody is
    asked to explain, so the order among the others does not count. Without any answer it is 0, not unknown: who
    submits no code must not stay out of the mean. None when all entities are of one kind.
    """
    given = np.array([x if isinstance(x, float) else np.nan for x in predictions])
    active = targets >= ACTIVE
    if active.all() or not active.any():
        return None
    higher, lower = given[active][:, None], given[~active][None, :]
    with np.errstate(invalid="ignore"):
        right = (higher > lower) + 0.5 * (higher == lower)
    return float(right.mean())
