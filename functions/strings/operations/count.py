"""Operations that answer with a number: counts and lengths as English words, places as English ordinals."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import (
    CONSONANTS,
    DIGITS,
    LOWER,
    UPPER,
    VOWELS,
    alphabet_place,
    number_words,
    ordinal_words,
)
from findbench.functions.strings.registry import operation


@operation("count", b.VOWEL, b.NO_VOWEL)
def count_vowels(x: str) -> str:
    """Answer with the number of vowels (a, e, i, o, u in either case) as an English number word in small letters."""
    return number_words(sum(c in VOWELS for c in x))


@operation("count", b.CONSONANT, b.NO_CONSONANT)
def count_consonants(x: str) -> str:
    """Answer with the number of consonants (English letters of either case other than a, e, i, o, u) as an English
    number word in small letters."""
    return number_words(sum(c in CONSONANTS for c in x))


@operation("count", b.CAPITAL, b.NO_CAPITAL)
def count_capitals(x: str) -> str:
    """Answer with the number of capital letters A-Z as an English number word in small letters."""
    return number_words(sum(c in UPPER for c in x))


@operation("count", b.SMALL_LETTER, b.NO_LETTER)
def count_small(x: str) -> str:
    """Answer with the number of small letters a-z as an English number word in small letters."""
    return number_words(sum(c in LOWER for c in x))


@operation("count", b.DIGIT, b.NO_DIGIT)
def count_digits(x: str) -> str:
    """Answer with the number of digits 0-9 as an English number word in small letters."""
    return number_words(sum(c in DIGITS for c in x))


@operation("count", b.ANY, b.shorter(3))
def count_characters(x: str) -> str:
    """Answer with the length of the string as an English number word in small letters."""
    return number_words(len(x))


@operation("count", b.REPEATS, b.NO_REPEATS)
def count_distinct(x: str) -> str:
    """Answer with the number of different characters as an English number word in small letters."""
    return number_words(len(set(x)))


@operation("count", b.REPEATS, b.NO_REPEATS)
def count_repeats(x: str) -> str:
    """Answer with the number of repeats (the length minus the number of different characters) as an English number word
    in small letters."""
    return number_words(len(x) - len(set(x)))


@operation("count", b.SEVERAL_WORDS, b.ONE_WORD)
def count_words(x: str) -> str:
    """Answer with the number of words, runs of characters other than spaces, as an English number word in small
    letters."""
    return number_words(sum(w != "" for w in x.split(" ")))


@operation("count", b.has("part"), b.has_not("part"), part=tuple("aeiorst"))
def count_letter(x: str, part: str) -> str:
    """Answer with how often {part} (only this case) occurs, as an English number word in small letters."""
    return number_words(x.count(part))


@operation("count", b.has("part"), b.has_not("part"), part=("an", "er", "in", "on", "th", "st"))
def count_part(x: str, part: str) -> str:
    """Answer with how often {part} (only this case) occurs without overlap, as an English number word in small
    letters."""
    return number_words(x.count(part))


@operation("count", b.ANY, b.ONE_WORD, b.SEVERAL_WORDS)
def word_lengths(x: str) -> str:
    """Replace every word (words are separated by single spaces) with its length as an English number word in small
    letters."""
    return " ".join(number_words(len(w)) for w in x.split(" "))


@operation("ordinal", b.LETTER_FIRST, b.NO_LETTER_FIRST)
def ordinal_of_first(x: str) -> str:
    """Answer with the alphabet place of the first character as an English ordinal in small letters: a or A is "first",
    z or Z is "twenty-sixth"; "zeroth" if the string is empty or does not begin with an English letter."""
    return ordinal_words(alphabet_place(x[0]) if x else 0)


@operation("ordinal", b.LETTER_LAST, b.NO_LETTER_LAST)
def ordinal_of_last(x: str) -> str:
    """Answer with the alphabet place of the last character as an English ordinal in small letters: a or A is "first",
    z or Z is "twenty-sixth"; "zeroth" if the string is empty or does not end with an English letter."""
    return ordinal_words(alphabet_place(x[-1]) if x else 0)


@operation("ordinal", b.has("letter"), b.has_not("letter"), letter=tuple("aeiorst"))
def ordinal_of_letter(x: str, letter: str) -> str:
    """Answer with the place of the first {letter} (only this case) in the string as an English ordinal in small
    letters, "first" being the first character; "zeroth" if there is none."""
    return ordinal_words(x.find(letter) + 1)


@operation("ordinal", b.VOWEL, b.NO_VOWEL)
def ordinal_of_vowel(x: str) -> str:
    """Answer with the place of the first vowel (a, e, i, o, u in either case) as an English ordinal in small letters,
    "first" being the first character; "zeroth" if there is none."""
    return ordinal_words(next((i for i, c in enumerate(x, 1) if c in VOWELS), 0))


@operation("ordinal", b.ANY, b.shorter(3))
def ordinal_of_length(x: str) -> str:
    """Answer with the length of the string as an English ordinal in small letters ("zeroth" for the empty string)."""
    return ordinal_words(len(x))
