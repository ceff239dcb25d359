"""How well a submitted score ranks entities by activation: the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from functions.base import FloatArray


def auc(targets: FloatArray, predictions: Sequence[float | str | None]) -> float | None:
    """Share of pairs of different target that the predictions order alike; ties count half, missing answers nothing.

    For two-valued targets this is the area under the ROC curve (Hanley and McNeil 1982), else the concordance index.
    None when all targets are equal or no answer is a number.
    """
    given = np.array([x if isinstance(x, float) else np.nan for x in predictions])
    if np.isnan(given).all():
        return None
    higher, lower = np.nonzero(targets[:, None] > targets[None, :])
    if not len(higher):
        return None
    with np.errstate(invalid="ignore"):
        right = (given[higher] > given[lower]) + 0.5 * (given[higher] == given[lower])
    return float(right.mean())
