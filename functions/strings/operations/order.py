"""Operations on the order of characters and words: reversing, swapping, rotating, sorting."""

from __future__ import annotations

from findbench.functions.strings import branches as b
from findbench.functions.strings.primitives import VOWELS
from findbench.functions.strings.registry import operation


@operation("reverse", b.ANY, b.shorter(3))
def reverse(x: str) -> str:
    """Reverse the string."""
    return x[::-1]


@operation("reverse", b.ANY, b.ODD, b.EVEN)
def swap_halves(x: str) -> str:
    """Swap the two halves of the string; with an odd length the middle character belongs to the second half."""
    return x[len(x) // 2 :] + x[: len(x) // 2]


@operation("reverse", b.ANY, b.ODD, b.EVEN, half=("first", "second"))
def reverse_half(x: str, half: str) -> str:
    """Reverse the {half} half of the string in place; with an odd length the middle character belongs to the second
    half."""
    cut = len(x) // 2
    return x[:cut][::-1] + x[cut:] if half == "first" else x[:cut] + x[cut:][::-1]


@operation("reverse", b.ANY, b.ODD, b.EVEN)
def reverse_both_halves(x: str) -> str:
    """Reverse each half of the string in place; with an odd length the middle character belongs to the second half."""
    cut = len(x) // 2
    return x[:cut][::-1] + x[cut:][::-1]


@operation("reverse", b.SEVERAL_WORDS, b.ONE_WORD)
def reverse_words(x: str) -> str:
    """Reverse the order of the words, which are separated by single spaces, without changing the words."""
    return " ".join(x.split(" ")[::-1])


@operation("reverse", b.ANY, b.ONE_WORD, b.SEVERAL_WORDS)
def reverse_each_word(x: str) -> str:
    """Reverse the characters of every word (words are separated by single spaces) and keep the order of the words."""
    return " ".join(w[::-1] for w in x.split(" "))


@operation("reverse", b.VOWEL, b.NO_VOWEL)
def reverse_vowels(x: str) -> str:
    """Reverse the order of the vowels (a, e, i, o, u in either case) among their places and leave everything else
    where it is."""
    vowels = [c for c in x if c in VOWELS]
    return "".join(vowels.pop() if c in VOWELS else c for c in x)


@operation("swap", b.ANY, b.ODD, b.EVEN)
def swap_neighbours(x: str) -> str:
    """Swap the characters pair by pair: the first with the second, the third with the fourth, and so on; a last
    character without a partner stays."""
    return "".join(x[i : i + 2][::-1] for i in range(0, len(x), 2))


@operation("swap", b.ANY, b.shorter(2))
def swap_first_last(x: str) -> str:
    """Swap the first and the last character; strings shorter than 2 characters stay as they are."""
    return x if len(x) < 2 else x[-1] + x[1:-1] + x[0]


@operation("swap", b.ANY, b.shorter_than("j"), i=(1, 2), j=(3, 4, 5, 6))
def swap_places(x: str, i: int, j: int) -> str:
    """Swap the characters at places {i} and {j}, counted from 1; strings shorter than {j} characters stay as they
    are."""
    if len(x) < j:
        return x
    return x[: i - 1] + x[j - 1] + x[i : j - 1] + x[i - 1] + x[j:]


@operation("swap", b.ANY, b.shorter_than("k"), k=(1, 2, 3, 4, 5))
def rotate(x: str, k: int) -> str:
    """Rotate the string to the left by {k}: the first character moves to the end, {k} times."""
    return x[k % len(x) :] + x[: k % len(x)] if x else x


@operation("swap", b.ANY, b.shorter_than("k"), k=(1, 2, 3, 4, 5))
def rotate_right(x: str, k: int) -> str:
    """Rotate the string to the right by {k}: the last character moves to the front, {k} times."""
    return x[-(k % len(x)) :] + x[: -(k % len(x))] if x and k % len(x) else x


@operation("swap", b.ANY, b.NO_REPEATS)
def sort_characters(x: str) -> str:
    """Sort the characters by code point (spaces, then digits, then capitals, then small letters)."""
    return "".join(sorted(x))


@operation("swap", b.ANY, b.NO_REPEATS)
def sort_characters_down(x: str) -> str:
    """Sort the characters by code point from the highest to the lowest (small letters, then capitals, then digits, then
    spaces)."""
    return "".join(sorted(x, reverse=True))


@operation("swap", b.SEVERAL_WORDS, b.ONE_WORD)
def sort_words(x: str) -> str:
    """Sort the words, which are separated by single spaces, by code point (capitals before small letters)."""
    return " ".join(sorted(x.split(" ")))


@operation("swap", b.VOWEL, b.NO_VOWEL)
def vowels_last(x: str) -> str:
    """Move all vowels (a, e, i, o, u in either case) to the end of the string; the order among the vowels and among
    the other characters stays."""
    return "".join([c for c in x if c not in VOWELS] + [c for c in x if c in VOWELS])


@operation("swap", b.ANY, b.shorter(3))
def odd_places_first(x: str) -> str:
    """Put the characters at odd places (the first, third, ...) first, and after them those at even places."""
    return x[::2] + x[1::2]
