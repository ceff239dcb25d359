"""Branches: the cases an operation tells apart, each with a test and a way to make inputs that fall into it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random

from findbench.functions.strings import inputs, primitives
from findbench.functions.strings.registry import Branch, Parameters


def _inserted(random: Random, base: str, part: str) -> str:
    place = inputs.some(random, 0, len(base))
    return base[:place] + part + base[place:]


def contains(what: str, characters: str) -> Branch:
    """The string has one of `characters`."""

    def make(random: Random, _: Parameters) -> str:
        made = inputs.text(random)
        for _i in range(inputs.some(random, 1, 4)):
            made = _inserted(random, made, inputs.pick(random, characters))
        return made

    wanted = frozenset(characters)
    return Branch(f"contain {what}", lambda x, _: not wanted.isdisjoint(x), make)


def lacks(what: str, characters: str) -> Branch:
    """The string has none of `characters`."""
    table, unwanted = str.maketrans("", "", characters), frozenset(characters)
    return Branch(
        f"contain no {what}",
        lambda x, _: unwanted.isdisjoint(x),
        lambda random, _: inputs.text(random).translate(table),
    )


def has(parameter: str) -> Branch:
    """The string has the text that `parameter` holds."""

    def make(random: Random, p: Parameters) -> str:
        made = inputs.text(random)
        for _ in range(inputs.some(random, 1, 2)):
            made = _inserted(random, made, str(p[parameter]))
        return made

    return Branch("contain the text in question", lambda x, p: str(p[parameter]) in x, make)


def has_not(parameter: str) -> Branch:
    """The string lacks the text that `parameter` holds."""
    return Branch(
        "lack the text in question",
        lambda x, p: str(p[parameter]) not in x,
        lambda random, p: inputs.text(random).replace(str(p[parameter]), ""),
    )


def shorter(n: int) -> Branch:
    """The string has fewer than `n` characters."""
    return Branch(
        f"are shorter than {n} characters",
        lambda x, _: len(x) < n,
        lambda random, _: inputs.text(random)[: inputs.some(random, 0, n - 1)],
    )


def shorter_than(parameter: str) -> Branch:
    """The string has no more characters than `parameter` says."""

    def make(random: Random, p: Parameters) -> str:
        return inputs.text(random)[: inputs.some(random, 0, int(p[parameter]))]

    return Branch("are no longer than the number in question", lambda x, p: len(x) <= int(p[parameter]), make)


def _of_parity(odd: bool) -> Callable[[Random, Parameters], str]:
    def make(random: Random, _: Parameters) -> str:
        made = inputs.text(random)
        return made if len(made) % 2 == odd else made + inputs.pick(random, primitives.LOWER)

    return make


def _spoilt(random: Random, _: Parameters) -> str:
    made = inputs.text(random)
    part = inputs.pick(random, made or "e")
    return _inserted(random, made, part + (part if random.random() < 0.5 else ""))


def _unrepeated(random: Random, _: Parameters) -> str:
    return "".join(dict.fromkeys(inputs.text(random)))


ANY = Branch("are not empty", lambda x, _: x != "", lambda random, _: inputs.text(random) or "a")
ODD = Branch("have an odd length", lambda x, _: len(x) % 2 == 1, _of_parity(True))
EVEN = Branch("have an even length", lambda x, _: len(x) % 2 == 0, _of_parity(False))
ONE_WORD = Branch("are one word", lambda x, _: " " not in x, lambda random, _: inputs.text(random).replace(" ", ""))
SEVERAL_WORDS = Branch(
    "are several words", lambda x, _: " " in x, lambda random, _: f"{inputs.text(random)} {inputs.phrase(random)}"
)
REPEATS = Branch("repeat a character", lambda x, _: len(set(x)) < len(x), _spoilt)
NO_REPEATS = Branch("repeat no character", lambda x, _: len(set(x)) == len(x), _unrepeated)
DOUBLED = Branch(
    "have a character twice in a row",
    lambda x, _: any(a == b for a, b in pairwise(x)),
    lambda random, _: (
        inputs.text(random)
        + inputs.pick(random, ("ll", "oo", "aa", "!!", "SS", "11"))
        + "".join([inputs.word(random) for _i in range(inputs.some(random, 0, 1))])
    ),
)
EDGE_SPACES = Branch(
    "begin or end with a space",
    lambda x, _: x != x.strip(" "),
    lambda random, _: " " * inputs.some(random, 0, 2) + inputs.text(random) + " " * inputs.some(random, 1, 2),
)
EDGE_TEXT = Branch(
    "begin or end with the text in question",
    lambda x, p: x.startswith(str(p["letter"])) or x.endswith(str(p["letter"])),
    lambda random, p: inputs.pick(random, ("", str(p["letter"]))) + inputs.text(random) + str(p["letter"]),
)
LETTER_FIRST = Branch(
    "begin with an English letter",
    lambda x, _: x != "" and x[0] in primitives.LETTERS,
    lambda random, _: inputs.pick(random, primitives.LETTERS) + inputs.text(random),
)
NO_LETTER_FIRST = Branch(
    "do not begin with an English letter",
    lambda x, _: x == "" or x[0] not in primitives.LETTERS,
    lambda random, _: inputs.pick(random, "0123456789!?#é ") + inputs.text(random),
)
LETTER_LAST = Branch(
    "end with an English letter",
    lambda x, _: x != "" and x[-1] in primitives.LETTERS,
    lambda random, _: inputs.text(random) + inputs.pick(random, primitives.LETTERS),
)
NO_LETTER_LAST = Branch(
    "do not end with an English letter",
    lambda x, _: x == "" or x[-1] not in primitives.LETTERS,
    lambda random, _: inputs.text(random) + inputs.pick(random, "0123456789!?#é "),
)
LETTER = contains("an English letter", primitives.LETTERS)
NO_LETTER = Branch(
    "contain no English letter",
    lambda x, _: frozenset(primitives.LETTERS).isdisjoint(x),
    lambda random, _: "".join([inputs.pick(random, "0123456789!?#-. é") for _i in range(inputs.some(random, 0, 8))]),
)
SMALL_LETTER = contains("a small letter", primitives.LOWER)
CAPITAL = contains("a capital letter A-Z", primitives.UPPER)
NO_CAPITAL = lacks("capital letter A-Z", primitives.UPPER)
DIGIT = contains("a digit", primitives.DIGITS)
NO_DIGIT = lacks("digit", primitives.DIGITS)
VOWEL = contains("a vowel", primitives.VOWELS)
NO_VOWEL = lacks("vowel", primitives.VOWELS)
CONSONANT = contains("a consonant", primitives.CONSONANTS)
NO_CONSONANT = lacks("consonant", primitives.CONSONANTS)
MARK = contains("a punctuation mark", inputs.SYMBOLS)
NO_MARK = lacks("punctuation mark", primitives.PUNCTUATION)
