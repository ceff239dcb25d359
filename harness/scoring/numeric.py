"""What only numbers have: FIND's error, and an error without the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

FIND_SUCCESS = 0.1
"""FIND: an NMSE below this is a success (section 4 of the paper)."""


def nmse(targets: FloatArray, answers: FloatArray, *, centred: bool) -> float | None:
    """Sum of squared errors over the sum of squared targets (FIND), or over that of their deviations from the mean.

    None when an answer is missing (NaN) or the quotient is not finite.
    """
    size = targets - targets.mean() if centred else targets
    with np.errstate(all="ignore"):
        value = float(np.sum((targets - answers) ** 2) / np.sum(size**2))
    return value if np.isfinite(value) else None
