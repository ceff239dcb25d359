"""Numbers for functions whose outputs are texts: exact match, after normalisation where the category asks for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from findbench.functions.base import FloatArray, Function


def normalised(text: str) -> str:
    """Case, accents and outer or repeated white space do not count (relations: `Sao Paulo` is `São Paulo`)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def right(function: Function, targets: Sequence[str], predictions: Sequence[float | str | None]) -> FloatArray:
    """1.0 where the prediction is the target: to the letter for strings, normalised for relations. Shape (n,)."""
    loose = function.category == "relations"
    pairs = zip(targets, predictions, strict=True)
    return np.array(
        [isinstance(p, str) and (normalised(p) == normalised(t) if loose else p == t) for t, p in pairs], dtype=float
    )
