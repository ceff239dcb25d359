"""Operations that put something else in the place of vowels, letters, substrings or digits; substitution tables."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import CONSONANTS, DIGITS, PUNCTUATION, VOWELS, number_words
from findbench.functions.strings.registry import operation

SYMBOLS = tuple("*#_-@+")
PARTS = ("an", "er", "in", "on", "th", "st", "re", "ing")
"""Frequent in English, so that inputs have them by themselves."""


@operation("vowels", b.VOWEL, b.NO_VOWEL, symbol=(*SYMBOLS, "x", "o"))
def replace_vowels(x: str, symbol: str) -> str:
    """Replace every vowel (a, e, i, o, u in either case) with {symbol}."""
    return "".join(symbol if c in VOWELS else c for c in x)


@operation("vowels", b.VOWEL, b.NO_VOWEL, k=(1, 2, 3, 4))
def turn_vowels(x: str, k: int) -> str:
    """Replace every vowel with the vowel {k} further in the cycle a, e, i, o, u (after u comes a), keeping its case."""
    return "".join(VOWELS[(VOWELS.index(c) + k) % 5 + VOWELS.index(c) // 5 * 5] if c in VOWELS else c for c in x)


@operation("vowels", b.VOWEL, b.NO_VOWEL, symbol=SYMBOLS)
def replace_first_vowel(x: str, symbol: str) -> str:
    """Replace the first vowel (a, e, i, o, u in either case), and only that one, with {symbol}."""
    for i, c in enumerate(x):
        if c in VOWELS:
            return x[:i] + symbol + x[i + 1 :]
    return x


@operation("vowels", b.VOWEL, b.NO_VOWEL, symbol=SYMBOLS)
def replace_last_vowel(x: str, symbol: str) -> str:
    """Replace the last vowel (a, e, i, o, u in either case), and only that one, with {symbol}."""
    for i in range(len(x) - 1, -1, -1):
        if x[i] in VOWELS:
            return x[:i] + symbol + x[i + 1 :]
    return x


@operation("vowels", b.VOWEL, b.NO_VOWEL)
def number_vowels(x: str) -> str:
    """Replace every vowel with its number in the order a, e, i, o, u: a or A with 1, e or E with 2, up to u or U with
    5."""
    return "".join(str(VOWELS.index(c) % 5 + 1) if c in VOWELS else c for c in x)


@operation("replace", b.CONSONANT, b.NO_CONSONANT, symbol=SYMBOLS)
def replace_consonants(x: str, symbol: str) -> str:
    """Replace every consonant (English letters of either case other than a, e, i, o, u) with {symbol}."""
    return "".join(symbol if c in CONSONANTS else c for c in x)


@operation("replace", b.has("old"), b.has_not("old"), old=tuple("aeiostr"), new=tuple("qwz7#"))
def replace_letter(x: str, old: str, new: str) -> str:
    """Replace every {old} (only this case) with {new}."""
    return x.replace(old, new)


@operation("replace", b.has("old"), b.has_not("old"), old=tuple("aeiostr"))
def remove_letter(x: str, old: str) -> str:
    """Remove every {old} (only this case)."""
    return x.replace(old, "")


@operation("replace", b.has("old"), b.has_not("old"), old=PARTS, new=("xy", "qu", "--", "7", "oo"))
def replace_part(x: str, old: str, new: str) -> str:
    """Replace every occurrence of {old} (only this case), searched from left to right, with {new}."""
    return x.replace(old, new)


@operation("replace", b.has("old"), b.has_not("old"), old=PARTS)
def remove_part(x: str, old: str) -> str:
    """Remove every occurrence of {old} (only this case), searched once from left to right."""
    return x.replace(old, "")


@operation("replace", b.DIGIT, b.NO_DIGIT, symbol=SYMBOLS)
def replace_digits(x: str, symbol: str) -> str:
    """Replace every digit 0-9 with {symbol}."""
    return "".join(symbol if c in DIGITS else c for c in x)


@operation("replace", b.DIGIT, b.NO_DIGIT)
def spell_digits(x: str) -> str:
    """Replace every digit 0-9 with its English word in small letters, without adding spaces."""
    return "".join(number_words(int(c)) if c in DIGITS else c for c in x)


@operation("replace", b.SEVERAL_WORDS, b.ONE_WORD, symbol=("-", "_", "/", ".", "  "))
def replace_spaces(x: str, symbol: str) -> str:
    """Replace every space with {symbol}."""
    return x.replace(" ", symbol)


@operation("replace", b.MARK, b.NO_MARK, symbol=tuple("*_ x"))
def replace_punctuation(x: str, symbol: str) -> str:
    """Replace every ASCII punctuation mark or symbol (everything printable that is no letter, digit or space) with
    {symbol}."""
    return "".join(symbol if c in PUNCTUATION else c for c in x)


@operation("replace", b.ANY, b.shorter_than("n"), n=(2, 3, 4), symbol=tuple("*#_"))
def replace_every(x: str, n: int, symbol: str) -> str:
    """Replace every character whose place, counted from 1, is a multiple of {n} with {symbol}."""
    return "".join(c if i % n else symbol for i, c in enumerate(x, 1))


@operation("replace", b.ANY, b.shorter(2), symbol=SYMBOLS)
def replace_first(x: str, symbol: str) -> str:
    """Replace the first character, wherever else it occurs in the string, with {symbol} everywhere."""
    return x.replace(x[0], symbol) if x else x


@operation("table", b.LETTER, b.NO_LETTER, old=("aeiost", "abegilost"), new=("431057890", "@3!0$7%&="))
def substitute(x: str, old: str, new: str) -> str:
    """Substitute by table: the first character of {old} becomes the first of {new}, the second the second, and so on;
    letters match in small case only and everything else stays."""
    return "".join(new[old.index(c)] if c in old else c for c in x)


@operation("table", b.LETTER, b.NO_LETTER)
def keyboard_right(x: str) -> str:
    """Replace every English letter with its right neighbour in its row of the keyboard, keeping its case; the rows are
    qwertyuiop, asdfghjkl and zxcvbnm, and the last letter of a row becomes the first of that row."""
    old, new = "qwertyuiopasdfghjklzxcvbnm", "wertyuiopqsdfghjklaxcvbnmz"
    table = dict(zip(old + old.upper(), new + new.upper(), strict=True))
    return "".join(table.get(c, c) for c in x)


@operation("table", b.has("first"), b.has_not("first"), first=tuple("aet"), second=tuple("ions"))
def exchange_letters(x: str, first: str, second: str) -> str:
    """Exchange two letters: every {first} becomes {second} and every {second} becomes {first}, small letters only."""
    return "".join(second if c == first else first if c == second else c for c in x)


@operation("table", b.contains("a bracket", "()[]<>"), b.lacks("bracket", "()[]<>"))
def flip_brackets(x: str) -> str:
    """Turn every bracket to face the other way: ( and ), [ and ], < and > are exchanged; everything else stays."""
    old, new = "()[]<>", ")(][><"
    return "".join(new[old.index(c)] if c in old else c for c in x)
