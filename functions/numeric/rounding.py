"""Round a result's last mantissa bits away: they would be a fingerprint of how the host computed it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

ROUNDED_BITS = 12
"""Bits of the mantissa's 52 that are blanked; the 40 that are left make a relative step of 1e-12."""
_HALF_STEP = 1 << (ROUNDED_BITS - 1)
_KEPT = ~((1 << ROUNDED_BITS) - 1) & 0xFFFF_FFFF_FFFF_FFFF
_HALF = np.uint64(_HALF_STEP)
_MASK = np.uint64(_KEPT)
_NUMBER = struct.Struct("<d")
_BITS = struct.Struct("<Q")


def round_mantissa(values: FloatArray) -> FloatArray:
    """A copy of contiguous `values` (finite, of one dimension), rounded half away from zero; no zero is negative."""
    out = values + 0.0
    bits = out.view(np.uint64)
    bits += _HALF
    bits &= _MASK
    return out


def round_one_mantissa(value: float) -> float:
    """The same of one finite number, with the same bits."""
    bits: int = _BITS.unpack(_NUMBER.pack(value + 0.0))[0]
    rounded: float = _NUMBER.unpack(_BITS.pack(bits + _HALF_STEP & _KEPT))[0]
    return rounded
