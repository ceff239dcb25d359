"""Round a result's last mantissa bits away: they would be a fingerprint of how the host computed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

ROUNDED_BITS = 12
"""Bits of the mantissa's 52 that are blanked; the 40 that are left make a relative step of 1e-12."""
_HALF = np.uint64(1 << (ROUNDED_BITS - 1))
_MASK = np.uint64(~((1 << ROUNDED_BITS) - 1) & 0xFFFF_FFFF_FFFF_FFFF)


def round_mantissa(values: FloatArray) -> FloatArray:
    """A copy of contiguous `values` (finite), rounded half away from zero; negative zero becomes zero."""
    out = values + 0.0
    bits = out.view(np.uint64)
    bits += _HALF
    bits &= _MASK
    return out
