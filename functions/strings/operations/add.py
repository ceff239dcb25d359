"""Operations that add characters: inserting, concatenating, repeating."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import CONSONANTS, VOWELS, number_words
from findbench.functions.strings.registry import operation

PIECES = ("a", "z", "x", "7", "42", "-", "oo", "cat")
"""What is inserted or joined on: letters, numbers, a mark, a word."""


@operation("insert", b.ANY, b.ODD, b.EVEN, piece=PIECES)
def insert_middle(x: str, piece: str) -> str:
    """Insert {piece} in the middle; with an odd length the middle character comes after it."""
    return x[: len(x) // 2] + piece + x[len(x) // 2 :]


@operation("insert", b.ANY, b.ODD, b.EVEN)
def insert_length_middle(x: str) -> str:
    """Insert the length of the string, in decimal digits, in the middle; with an odd length the middle character comes
    after it."""
    return x[: len(x) // 2] + str(len(x)) + x[len(x) // 2 :]


@operation("insert", b.ANY, b.shorter(2), piece=("-", ".", "_", " ", "o", "1"))
def insert_between(x: str, piece: str) -> str:
    """Insert {piece} between every two neighbouring characters."""
    return piece.join(x)


@operation("insert", b.VOWEL, b.NO_VOWEL, piece=("p", "v", "b", "1", "-"))
def insert_after_vowels(x: str, piece: str) -> str:
    """Insert {piece} after every vowel (a, e, i, o, u in either case)."""
    return "".join(c + piece if c in VOWELS else c for c in x)


@operation("insert", b.CONSONANT, b.NO_CONSONANT, piece=("o", "a", "1", "-"))
def insert_after_consonants(x: str, piece: str) -> str:
    """Insert {piece} after every consonant (English letters of either case other than a, e, i, o, u)."""
    return "".join(c + piece if c in CONSONANTS else c for c in x)


@operation("insert", b.ANY, b.shorter_than("n"), piece=("-", "x", "0"), n=(2, 3, 4))
def insert_every(x: str, piece: str, n: int) -> str:
    """Insert {piece} after every {n}th character: after places {n}, 2 times {n}, and so on, counted from 1."""
    return "".join(c if i % n else c + piece for i, c in enumerate(x, 1))


@operation("insert", b.ANY, b.shorter(1), piece=PIECES)
def insert_second(x: str, piece: str) -> str:
    """Insert {piece} after the first character; the empty string becomes {piece}."""
    return x[:1] + piece + x[1:]


@operation("concatenate", b.ANY, b.shorter(1), piece=PIECES)
def append(x: str, piece: str) -> str:
    """Append {piece} at the end."""
    return x + piece


@operation("concatenate", b.ANY, b.shorter(1), piece=PIECES)
def prepend(x: str, piece: str) -> str:
    """Put {piece} in front of the string."""
    return piece + x


@operation("concatenate", b.ANY, b.shorter(1), left=("(", "[", "<"), right=(")", "]", ">"))
def wrap(x: str, left: str, right: str) -> str:
    """Wrap the string: put {left} in front and {right} at the end."""
    return left + x + right


@operation("concatenate", b.ANY, b.shorter(2))
def append_length(x: str) -> str:
    """Append the length of the string in decimal digits."""
    return x + str(len(x))


@operation("concatenate", b.ANY, b.shorter(2))
def append_length_word(x: str) -> str:
    """Append a space and the length of the string as an English number word in small letters."""
    return x + " " + number_words(len(x))


@operation("concatenate", b.ANY, b.shorter(2))
def append_reverse(x: str) -> str:
    """Append the reversed string to the string."""
    return x + x[::-1]


@operation("concatenate", b.ANY, b.shorter(1), piece=("", " ", "-", "+"))
def concatenate_self(x: str, piece: str) -> str:
    """Concatenate the string with itself, with {piece} between the two copies."""
    return x + piece + x


@operation("concatenate", b.VOWEL, b.NO_VOWEL)
def append_vowels(x: str) -> str:
    """Append all vowels (a, e, i, o, u in either case) of the string, in order, to the string."""
    return x + "".join(c for c in x if c in VOWELS)


@operation("repeat", b.ANY, b.shorter(1), n=(2, 3))
def repeat_each(x: str, n: int) -> str:
    """Repeat every character so that it stands {n} times in a row."""
    return "".join(c * n for c in x)


@operation("repeat", b.VOWEL, b.NO_VOWEL, n=(2, 3))
def repeat_vowels(x: str, n: int) -> str:
    """Repeat every vowel (a, e, i, o, u in either case) so that it stands {n} times in a row."""
    return "".join(c * n if c in VOWELS else c for c in x)


@operation("repeat", b.CONSONANT, b.NO_CONSONANT)
def repeat_consonants(x: str) -> str:
    """Double every consonant (English letters of either case other than a, e, i, o, u)."""
    return "".join(c * 2 if c in CONSONANTS else c for c in x)


@operation("repeat", b.has("letter"), b.has_not("letter"), letter=tuple("aeiorst"))
def repeat_letter(x: str, letter: str) -> str:
    """Double every {letter} (only this case)."""
    return x.replace(letter, letter * 2)


@operation("repeat", b.ANY, b.shorter(2), n=(1, 2, 3))
def repeat_first(x: str, n: int) -> str:
    """Repeat the first character {n} more times at the front."""
    return x[:1] * n + x


@operation("repeat", b.ANY, b.shorter(2), n=(1, 2, 3))
def repeat_last(x: str, n: int) -> str:
    """Repeat the last character {n} more times at the end."""
    return x + x[-1:] * n


@operation("repeat", b.ANY, b.ODD, b.EVEN)
def repeat_middle(x: str) -> str:
    """Double the middle character; with an even length the character just after the middle."""
    return x[: len(x) // 2] + x[len(x) // 2 : len(x) // 2 + 1] + x[len(x) // 2 :]


@operation("repeat", b.SEVERAL_WORDS, b.ONE_WORD)
def repeat_words(x: str) -> str:
    """Repeat every word (words are separated by single spaces) once after itself, with a space between."""
    return " ".join(w + " " + w for w in x.split(" "))
