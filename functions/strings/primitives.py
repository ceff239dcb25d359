"""What several string operations share: the alphabet's classes, shifting a letter, numbers as English words.

Reference code copies from here what its operations use, so everything is self-contained.
"""

from __future__ import annotations

VOWELS = "aeiouAEIOU"
CONSONANTS = "bcdfghjklmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
SCALES = "thousand million billion trillion"
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def shifted(c: str, k: int) -> str:
    """The English letter `k` places after `c` in the alphabet, wrapping, in the same case; other characters as is."""
    if c in LOWER:
        return LOWER[(LOWER.index(c) + k) % 26]
    if c in UPPER:
        return UPPER[(UPPER.index(c) + k) % 26]
    return c


def alphabet_place(c: str) -> int:
    """1 for a or A up to 26 for z or Z; 0 for anything else."""
    return LOWER.find(c) + 1 or UPPER.find(c) + 1


def number_words(n: int) -> str:
    """`n` >= 0, below 10^15, in English words: `one hundred twenty-one`."""
    if n < 20:
        return SMALL.split()[n]
    if n < 100:
        return TENS.split()[n // 10] + ("-" + number_words(n % 10) if n % 10 else "")
    if n < 1000:
        size, name = 100, "hundred"
    else:
        size, name = 1000, "thousand"
        for scale in SCALES.split():
            name = scale
            if n < size * 1000:
                break
            size *= 1000
    return number_words(n // size) + " " + name + (" " + number_words(n % size) if n % size else "")


def ordinal_words(n: int) -> str:
    """`n` >= 0 as an English ordinal: `twenty-first`."""
    words = number_words(n)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    if last in ORDINALS:
        return words[:cut] + ORDINALS[last]
    return words[:-1] + "ieth" if last.endswith("y") else words + "th"
