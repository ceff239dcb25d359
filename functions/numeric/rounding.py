"""Round a result's last mantissa bits away: they would be a fingerprint of how the host computed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

ROUNDED_BITS = 12
"""Bits of the mantissa's 52 that are blanked; the 40 that are left make a relative step of 1e-12."""
_HALF = np.array([1 << (ROUNDED_BITS - 1)], dtype=np.uint64)
"""An array, and so is the next: numpy adds one quicker than a number, and `f` of one number waits for it."""
_MASK = np.array([~((1 << ROUNDED_BITS) - 1) & 0xFFFF_FFFF_FFFF_FFFF], dtype=np.uint64)


def round_mantissa(values: FloatArray) -> FloatArray:
    """A copy of contiguous `values` (finite, of one dimension), rounded half away from zero; no zero is negative."""
    out = values + 0.0
    bits = out.view(np.uint64)
    bits += _HALF
    bits &= _MASK
    return out
