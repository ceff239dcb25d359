"""Operations that keep or remove some of the characters or words, strip the ends, or drop duplicates."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import CONSONANTS, DIGITS, LETTERS, PUNCTUATION, UPPER, VOWELS
from findbench.functions.strings.registry import operation


@operation("extract", b.DIGIT, b.NO_DIGIT)
def keep_digits(x: str) -> str:
    """Keep only the digits 0-9."""
    return "".join(c for c in x if c in DIGITS)


@operation("remove", b.DIGIT, b.NO_DIGIT)
def remove_digits(x: str) -> str:
    """Remove the digits 0-9."""
    return "".join(c for c in x if c not in DIGITS)


@operation("extract", b.CAPITAL, b.NO_CAPITAL)
def keep_capitals(x: str) -> str:
    """Keep only the capital letters A-Z."""
    return "".join(c for c in x if c in UPPER)


@operation("remove", b.CAPITAL, b.NO_CAPITAL)
def remove_capitals(x: str) -> str:
    """Remove the capital letters A-Z."""
    return "".join(c for c in x if c not in UPPER)


@operation("extract", b.MARK, b.NO_LETTER)
def keep_letters(x: str) -> str:
    """Keep only the English letters a-z and A-Z."""
    return "".join(c for c in x if c in LETTERS)


@operation("extract", b.VOWEL, b.NO_VOWEL)
def keep_vowels(x: str) -> str:
    """Keep only the vowels (a, e, i, o, u in either case)."""
    return "".join(c for c in x if c in VOWELS)


@operation("remove", b.VOWEL, b.NO_VOWEL)
def remove_vowels(x: str) -> str:
    """Remove the vowels (a, e, i, o, u in either case)."""
    return "".join(c for c in x if c not in VOWELS)


@operation("extract", b.CONSONANT, b.NO_CONSONANT)
def keep_consonants(x: str) -> str:
    """Keep only the consonants (English letters of either case other than a, e, i, o, u)."""
    return "".join(c for c in x if c in CONSONANTS)


@operation("remove", b.CONSONANT, b.NO_CONSONANT)
def remove_consonants(x: str) -> str:
    """Remove the consonants (English letters of either case other than a, e, i, o, u)."""
    return "".join(c for c in x if c not in CONSONANTS)


@operation("remove", b.MARK, b.NO_MARK)
def remove_punctuation(x: str) -> str:
    """Remove the ASCII punctuation marks and symbols (everything printable that is no letter, digit or space)."""
    return "".join(c for c in x if c not in PUNCTUATION)


@operation("remove", b.SEVERAL_WORDS, b.ONE_WORD)
def remove_spaces(x: str) -> str:
    """Remove all spaces."""
    return x.replace(" ", "")


@operation("extract", b.ANY, b.shorter_than("n"), n=(2, 3, 4, 5))
def keep_first(x: str, n: int) -> str:
    """Keep only the first {n} characters, or the whole string if it is shorter."""
    return x[:n]


@operation("extract", b.ANY, b.shorter_than("n"), n=(2, 3, 4, 5))
def keep_last(x: str, n: int) -> str:
    """Keep only the last {n} characters, or the whole string if it is shorter."""
    return x[-n:]


@operation("remove", b.ANY, b.shorter_than("n"), n=(1, 2, 3, 4))
def drop_first(x: str, n: int) -> str:
    """Remove the first {n} characters; a string with no more than that becomes empty."""
    return x[n:]


@operation("remove", b.ANY, b.shorter_than("n"), n=(1, 2, 3, 4))
def drop_last(x: str, n: int) -> str:
    """Remove the last {n} characters; a string with no more than that becomes empty."""
    return x[:-n]


@operation("extract", b.ANY, b.shorter_than("n"), n=(2, 3, 4))
def keep_every(x: str, n: int) -> str:
    """Keep the first character and every {n}th one after it: places 1, 1 + {n}, 1 + 2 times {n}, and so on."""
    return x[::n]


@operation("remove", b.ANY, b.shorter_than("n"), n=(2, 3, 4))
def drop_every(x: str, n: int) -> str:
    """Remove every character whose place, counted from 1, is a multiple of {n}."""
    return "".join(c for i, c in enumerate(x, 1) if i % n)


@operation("extract", b.SEVERAL_WORDS, b.ONE_WORD)
def initials(x: str) -> str:
    """Keep only the first character of every word (words are separated by single spaces), without the spaces."""
    return "".join(w[:1] for w in x.split(" "))


@operation("extract", b.SEVERAL_WORDS, b.ONE_WORD)
def finals(x: str) -> str:
    """Keep only the last character of every word (words are separated by single spaces), without the spaces."""
    return "".join(w[-1:] for w in x.split(" "))


@operation("extract", b.SEVERAL_WORDS, b.ONE_WORD)
def longest_word(x: str) -> str:
    """Keep only the longest of the words, which are separated by single spaces; of equally long ones the first."""
    return max(x.split(" "), key=len)


@operation("extract", b.SEVERAL_WORDS, b.ONE_WORD, which=("first", "last"))
def keep_word(x: str, which: str) -> str:
    """Keep only the {which} of the words, which are separated by single spaces (an empty one if the string has a space
    there)."""
    return x.split(" ")[0 if which == "first" else -1]


@operation("strip", b.ANY, b.shorter_than("n"), n=(1, 2, 3))
def strip_ends(x: str, n: int) -> str:
    """Remove the first {n} and the last {n} characters; a string with too few becomes empty."""
    return x[n:-n]


@operation("strip", b.EDGE_SPACES, b.ONE_WORD)
def strip_spaces(x: str) -> str:
    """Remove the spaces at both ends of the string."""
    return x.strip(" ")


@operation("strip", b.EDGE_TEXT, b.has_not("letter"), letter=tuple("aestr"))
def strip_letter(x: str, letter: str) -> str:
    """Remove the letter {letter} from both ends of the string for as long as it is there; only the small letter."""
    return x.strip(letter)


@operation("strip", b.MARK, b.DIGIT, b.LETTER_FIRST)
def strip_to_letters(x: str) -> str:
    """Remove everything that is no English letter from both ends of the string."""
    places = [i for i, c in enumerate(x) if c in LETTERS]
    return x[places[0] : places[-1] + 1] if places else ""


@operation("duplicates", b.REPEATS, b.NO_REPEATS)
def remove_duplicates(x: str) -> str:
    """Remove duplicate characters: of each character keep only the first occurrence (capitals and small letters are
    different)."""
    return "".join(dict.fromkeys(x))


@operation("duplicates", b.REPEATS, b.NO_REPEATS)
def keep_last_occurrences(x: str) -> str:
    """Remove duplicate characters: of each character keep only the last occurrence (capitals and small letters are
    different)."""
    return "".join(dict.fromkeys(x[::-1]))[::-1]


@operation("duplicates", b.DOUBLED, b.NO_REPEATS)
def collapse_runs(x: str) -> str:
    """Collapse every run of equal neighbouring characters to one of them."""
    return "".join(c for i, c in enumerate(x) if i == 0 or x[i - 1] != c)


@operation("duplicates", b.REPEATS, b.NO_REPEATS)
def keep_unrepeated(x: str) -> str:
    """Keep only the characters that occur exactly once in the string."""
    return "".join(c for c in dict.fromkeys(x) if x.count(c) == 1)


@operation("duplicates", b.REPEATS, b.NO_REPEATS)
def keep_repeated(x: str) -> str:
    """Keep one of each character that occurs more than once in the string, in order of first occurrence."""
    return "".join(c for c in dict.fromkeys(x) if x.count(c) > 1)
