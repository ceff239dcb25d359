"""A submitted description made harmless before a judge reads it: hidden characters, tags and excess length go."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 4_000
"""Characters of a description that a judge reads; what follows does not count."""
MAX_NESTING = 8
"""Tags inside each other that are removed one by one; what is nested deeper loses every `<`."""
MAX_MARKS = 30
"""Combining marks in a row that are kept; no language has half as many."""
_TAG = re.compile(r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|<\|[^|<>]*\|>")


def neutral(text: str) -> str:
    """The text on one line without control, format, private and surrogate characters, markup tags and chat markers.

    Comparisons such as `x < 3` stay. Normalised (NFKC), so that look-alike digits are digits.
    """
    plain = unicodedata.normalize("NFKC", _with_few_marks(text[: 4 * MAX_LENGTH]))
    plain = "".join(" " if c.isspace() else c for c in plain if c.isspace() or unicodedata.category(c)[0] != "C")
    for _ in range(MAX_NESTING):  # removing a tag may make one: <a <b> c>
        plain, count = _TAG.subn(" ", plain)
        if not count:
            break
    else:
        plain = plain.replace("<", " ")
    return " ".join(plain.split())[:MAX_LENGTH]


def _with_few_marks(text: str) -> str:
    """The text decomposed, with at most MAX_MARKS combining marks in a row.

    To bring marks into order takes the square of their number (the bound is that of Unicode's Stream-Safe Text Format).
    """
    if text.isascii():
        return text
    kept, marks = [], 0
    for c in "".join(unicodedata.normalize("NFKD", c) for c in text):
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks <= MAX_MARKS:
            kept.append(c)
    return "".join(kept)
