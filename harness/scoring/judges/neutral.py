"""A submitted description made harmless before a judge reads it: hidden characters, tags and excess length go."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 4_000
"""Characters of a description that a judge reads; what follows does not count."""
_TAG = re.compile(r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|<\|[^|<>]*\|>")


def neutral(text: str) -> str:
    """The text on one line without control, format, private and surrogate characters, markup tags and chat markers.

    Comparisons such as `x < 3` stay. Normalised (NFKC), so that look-alike digits are digits.
    """
    plain = unicodedata.normalize("NFKC", text[: 4 * MAX_LENGTH])
    plain = "".join(" " if c.isspace() else c for c in plain if c.isspace() or unicodedata.category(c)[0] != "C")
    previous = ""
    while previous != plain:  # removing a tag may make one: <a <b> c>
        previous, plain = plain, _TAG.sub(" ", plain)
    return " ".join(plain.split())[:MAX_LENGTH]
