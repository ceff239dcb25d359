"""Operations that shift letters along the alphabet; they wrap and keep the case, so letters stay letters."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import DIGITS, LETTERS, LOWER, UPPER, VOWELS, alphabet_place, shifted
from findbench.functions.strings.registry import operation

PLACES = (1, 2, 3, 4, 5, 7, 10, 13, -1, -2, -3, -4, -5)
"""Forwards, or backwards where negative."""


@operation("shift", b.LETTER, b.NO_LETTER, k=PLACES)
def shift(x: str, k: int) -> str:
    """Shift every English letter by {k} places along the alphabet (negative: backwards), wrapping around between z and
    a and keeping its case; other characters stay."""
    return "".join(shifted(c, k) for c in x)


@operation("shift", b.LETTER, b.NO_LETTER, sign=(1, -1))
def shift_by_length(x: str, sign: int) -> str:
    """Shift every English letter along the alphabet by {sign} times the length of the string (negative: backwards),
    wrapping around between z and a and keeping its case; other characters stay but count for the length."""
    return "".join(shifted(c, sign * len(x)) for c in x)


@operation("shift", b.LETTER, b.NO_LETTER, step=(1, 2, 3, -1, -2), start=(0, 1))
def shift_by_place(x: str, step: int, start: int) -> str:
    """Shift every English letter along the alphabet by {step} times its place in the string (negative: backwards),
    places being counted from {start} and over all characters, wrapping around between z and a and keeping its case;
    other characters stay."""
    return "".join(shifted(c, step * i) for i, c in enumerate(x, start))


@operation("shift", b.LETTER, b.ODD, b.EVEN, k=(1, 2, 3, 5, -1, -2))
def shift_middle(x: str, k: int) -> str:
    """Shift only the middle character, if it is an English letter, by {k} places along the alphabet (negative:
    backwards), wrapping around and keeping its case; with an even length both middle characters."""
    low, high = (len(x) - 1) // 2, len(x) // 2
    return "".join(shifted(c, k) if low <= i <= high else c for i, c in enumerate(x))


@operation("shift", b.LETTER_FIRST, b.NO_LETTER_FIRST)
def shift_by_first(x: str) -> str:
    """Shift every English letter forward along the alphabet by the alphabet place of the string's first character (a or
    A is 1, z or Z is 26, anything else is 0), wrapping around and keeping its case; other characters stay."""
    return "".join(shifted(c, alphabet_place(x[0])) for c in x)


@operation("shift", b.VOWEL, b.NO_VOWEL, k=(1, 2, 3, 5, -1, -2))
def shift_vowels(x: str, k: int) -> str:
    """Shift only the vowels (a, e, i, o, u in either case) by {k} places along the alphabet (negative: backwards),
    wrapping around and keeping their case."""
    return "".join(shifted(c, k) if c in VOWELS else c for c in x)


@operation("shift", b.CONSONANT, b.NO_CONSONANT, k=(1, 2, 3, 5, -1, -2))
def shift_consonants(x: str, k: int) -> str:
    """Shift only the consonants (English letters other than a, e, i, o, u) by {k} places along the alphabet (negative:
    backwards), wrapping around and keeping their case."""
    return "".join(c if c in VOWELS else shifted(c, k) for c in x)


@operation("shift", b.CAPITAL, b.NO_CAPITAL, k=(1, 3, 5, -1))
def shift_capitals(x: str, k: int) -> str:
    """Shift only the capital letters A-Z by {k} places along the alphabet (negative: backwards), wrapping around."""
    return "".join(shifted(c, k) if c in UPPER else c for c in x)


@operation("shift", b.SMALL_LETTER, b.CAPITAL, b.NO_LETTER, k=(1, 3, 5, -1))
def shift_small(x: str, k: int) -> str:
    """Shift only the small letters a-z by {k} places along the alphabet (negative: backwards), wrapping around."""
    return "".join(shifted(c, k) if c in LOWER else c for c in x)


@operation("shift", b.LETTER, b.NO_LETTER, k=(1, 2, 3, 5))
def shift_alternately(x: str, k: int) -> str:
    """Shift the English letters at odd places (the first, third, ... character) {k} forward and those at even places
    {k} backward along the alphabet, wrapping around and keeping the case; other characters stay but count as places."""
    return "".join(shifted(c, k if i % 2 == 0 else -k) for i, c in enumerate(x))


@operation("shift", b.LETTER_FIRST, b.NO_LETTER_FIRST, k=PLACES)
def shift_first(x: str, k: int) -> str:
    """Shift only the first character, if it is an English letter, by {k} places along the alphabet (negative:
    backwards), wrapping around and keeping its case."""
    return "".join(shifted(c, k) for c in x[:1]) + x[1:]


@operation("shift", b.LETTER_LAST, b.NO_LETTER_LAST, k=PLACES)
def shift_last(x: str, k: int) -> str:
    """Shift only the last character, if it is an English letter, by {k} places along the alphabet (negative:
    backwards), wrapping around and keeping its case."""
    return x[:-1] + "".join(shifted(c, k) for c in x[-1:])


@operation("shift", b.LETTER, b.NO_LETTER)
def mirror_alphabet(x: str) -> str:
    """Mirror every English letter in the alphabet, keeping its case: a becomes z, b becomes y, and so on; other
    characters stay."""
    return "".join(shifted(c, 27 - 2 * alphabet_place(c)) if c in LETTERS else c for c in x)


@operation("shift", b.DIGIT, b.NO_DIGIT, k=(1, 2, 3, 5, -1))
def shift_digits(x: str, k: int) -> str:
    """Add {k} to every digit 0-9 on its own (a negative number: subtract), keeping only the last digit of the
    result."""
    return "".join(str((int(c) + k) % 10) if c in DIGITS else c for c in x)
