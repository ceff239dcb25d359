"""What does not count in an input (case, accents, punctuation, white space, a leading article) and in an output."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

UNDEFINED = "undefined"
"""The output outside a relation's domain and in its excluded sub-domain."""


def without_accents(text: str) -> str:
    """The form in which outputs are compared: case, accents and outer or repeated white space do not count."""
    marked = "".join(unicodedata.normalize("NFKD", c) for c in text)  # by character: see below
    plain = "".join(c for c in marked if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


@lru_cache(maxsize=1 << 17)
def normalise(text: str) -> str:
    """The form in which inputs are looked up. Total on any string; also the first part of all reference code."""
    # Character by character: to bring combining marks into order, which go away, takes the square of their number.
    marked = "".join(unicodedata.normalize("NFKD", c) for c in text.casefold())
    plain = "".join(c for c in marked if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        words = words[1:]
    return " ".join(words)
