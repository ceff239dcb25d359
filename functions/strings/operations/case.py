"""Operations on the case of letters."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import CONSONANTS, VOWELS
from findbench.functions.strings.registry import operation


@operation("case", b.SMALL_LETTER, b.NO_LETTER)
def upper(x: str) -> str:
    """Convert the string to upper case."""
    return x.upper()


@operation("case", b.CAPITAL, b.NO_CAPITAL)
def lower(x: str) -> str:
    """Convert the string to lower case."""
    return x.lower()


@operation("case", b.LETTER, b.NO_LETTER)
def swap_case(x: str) -> str:
    """Swap the case: small letters become capitals and capitals become small letters."""
    return x.swapcase()


@operation("case", b.SMALL_LETTER, b.ONE_WORD, b.SEVERAL_WORDS)
def capitalize_words(x: str) -> str:
    """Convert the first character of every word (words are separated by single spaces) to upper case and leave the
    rest as it is."""
    return " ".join(w[:1].upper() + w[1:] for w in x.split(" "))


@operation("case", b.LETTER_FIRST, b.CAPITAL, b.NO_LETTER_FIRST)
def capitalize_first(x: str) -> str:
    """Convert the first character to upper case and all the others to lower case."""
    return x[:1].upper() + x[1:].lower()


@operation("case", b.LETTER, b.CAPITAL, b.NO_LETTER, start=("upper", "lower"))
def alternate_case(x: str, start: str) -> str:
    """Alternate the case by place, counting every character: the first character becomes {start} case, the second the
    other case, the third {start} case again, and so on."""
    first = 0 if start == "upper" else 1
    return "".join(c.upper() if i % 2 == first else c.lower() for i, c in enumerate(x))


@operation("case", b.VOWEL, b.NO_VOWEL)
def upper_vowels(x: str) -> str:
    """Convert the vowels (a, e, i, o, u) to upper case and leave everything else as it is."""
    return "".join(c.upper() if c in VOWELS else c for c in x)


@operation("case", b.CONSONANT, b.NO_CONSONANT)
def upper_consonants(x: str) -> str:
    """Convert the consonants (English letters other than a, e, i, o, u) to upper case and leave everything else as it
    is."""
    return "".join(c.upper() if c in CONSONANTS else c for c in x)


@operation("case", b.SMALL_LETTER, b.ODD, b.EVEN, half=("first", "second"))
def upper_half(x: str, half: str) -> str:
    """Convert the {half} half of the string to upper case; with an odd length the middle character belongs to the
    second half."""
    cut = len(x) // 2
    return x[:cut].upper() + x[cut:] if half == "first" else x[:cut] + x[cut:].upper()


@operation("case", b.SMALL_LETTER, b.shorter_than("n"), n=(2, 3, 4, 5))
def upper_every(x: str, n: int) -> str:
    """Convert every character whose place, counted from 1, is a multiple of {n} to upper case."""
    return "".join(c.upper() if i % n == 0 else c for i, c in enumerate(x, 1))


@operation("case", b.SMALL_LETTER, b.ONE_WORD, b.SEVERAL_WORDS)
def upper_last_of_words(x: str) -> str:
    """Convert the last character of every word (words are separated by single spaces) to upper case."""
    return " ".join(w[:-1] + w[-1:].upper() for w in x.split(" "))
