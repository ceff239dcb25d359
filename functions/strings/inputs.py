"""Strings to try functions on: words, phrases, lists, capitals, punctuation, other scripts, nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

WORDS = [
    "a",
    "I",
    "at",
    "be",
    "by",
    "go",
    "in",
    "is",
    "it",
    "me",
    "no",
    "on",
    "so",
    "to",
    "up",
    "us",
    "we",
    "ox",
    "sea",
    "tea",
    "pie",
    "air",
    "ear",
    "ice",
    "oak",
    "age",
    "art",
    "cat",
    "dog",
    "sun",
    "hat",
    "map",
    "pen",
    "red",
    "box",
    "fox",
    "jam",
    "key",
    "lip",
    "mud",
    "net",
    "owl",
    "pig",
    "rat",
    "sky",
    "tin",
    "van",
    "web",
    "yes",
    "zip",
    "fly",
    "cry",
    "dry",
    "gym",
    "hymn",
    "myth",
    "lynx",
    "rhythm",
    "tsk",
    "psst",
    "apple",
    "banjo",
    "cherry",
    "dragon",
    "eagle",
    "falcon",
    "garden",
    "harbor",
    "island",
    "jungle",
    "kettle",
    "lemon",
    "marble",
    "needle",
    "orange",
    "pepper",
    "quiver",
    "rabbit",
    "salmon",
    "tunnel",
    "umbrella",
    "velvet",
    "window",
    "yellow",
    "zebra",
    "area",
    "audio",
    "idea",
    "queue",
    "euro",
    "aloe",
    "oboe",
    "iota",
    "bookkeeper",
    "balloon",
    "coffee",
    "committee",
    "letter",
    "mirror",
    "pizza",
    "rubber",
    "summer",
    "tattoo",
    "terrier",
    "kayak",
    "level",
    "radar",
    "civic",
    "noon",
    "refer",
    "stats",
    "rotator",
    "deed",
    "the",
    "and",
    "that",
    "there",
    "then",
    "other",
    "mother",
    "weather",
    "thing",
    "string",
    "singing",
    "bringing",
    "morning",
    "evening",
    "station",
    "nation",
    "motion",
    "question",
    "action",
    "reaction",
    "running",
    "swimming",
    "reading",
    "writing",
    "painting",
    "enter",
    "center",
    "under",
    "over",
    "river",
    "paper",
    "winter",
    "water",
    "cider",
    "tiger",
    "timber",
    "onion",
    "onset",
    "tension",
    "session",
    "stone",
    "story",
    "storm",
    "start",
    "strong",
    "still",
    "street",
    "bottle",
    "castle",
    "candle",
    "simple",
    "circle",
    "bridge",
    "silver",
    "copper",
    "purple",
    "mountain",
    "library",
    "computer",
    "elephant",
    "chocolate",
    "adventure",
    "butterfly",
    "telescope",
    "dictionary",
    "saxophone",
    "xylophone",
    "quartz",
    "jazz",
    "buzz",
    "wizard",
    "zigzag",
]
"""English words of 1-10 letters: without vowels, of vowels only, palindromes, doubled letters, common endings."""
NAMES = [
    "Alice",
    "Bob",
    "Zoe",
    "Oslo",
    "Paris",
    "Ada",
    "Ivan",
    "Quebec",
    "NASA",
    "Mr",
    "McKay",
    "USA",
    "Peru",
    "Uma",
    "Kim",
    "Vera",
    "Yves",
    "Lima",
]
FOREIGN = ["café", "naïve", "Straße", "Ångström", "jalapeño", "Москва", "東京", "Ελλάδα", "señor", "fiancée"]
SYMBOLS = "!?.,;:-_'#&*+/=()@%"
SEPARATORS = (", ", ",", "; ", " - ", "/")
DIGITS = "0123456789"


def pick(random: Random, items: Sequence[T]) -> T:
    """One item, uniformly, from `random()` alone: the part of `Random` that is the same in every Python version."""
    return items[int(random.random() * len(items))]


def some(random: Random, low: int, high: int) -> int:
    """An integer from `low` to `high`, both included, uniformly."""
    return low + int(random.random() * (high - low + 1))


def word(random: Random) -> str:
    """One lower-case word (rarely "I")."""
    return pick(random, WORDS)


def phrase(random: Random) -> str:
    """Two to four words."""
    return " ".join([word(random) for _ in range(some(random, 2, 4))])


def cased(random: Random) -> str:
    """A word or phrase with capitals: all, the first of each word, some, or a name."""
    text, way = (phrase if random.random() < 0.5 else word)(random), random.random()
    if way < 0.25:
        return text.upper()
    if way < 0.5:
        return text.title()
    if way < 0.75:
        return "".join([c.upper() if random.random() < 0.4 else c for c in text])
    return pick(random, NAMES) + " " + text


def letters(random: Random) -> str:
    """One to twelve random letters of either case."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "".join([pick(random, alphabet) for _ in range(some(random, 1, 12))])


def digits(random: Random) -> str:
    """A number alone, beside a word, or inside one."""
    number = "".join([pick(random, DIGITS) for _ in range(some(random, 1, 5))])
    return pick(random, (number, word(random) + number, number + " " + word(random), word(random) + number + "x"))


def listed(random: Random) -> str:
    """A list of two to four words."""
    return pick(random, SEPARATORS).join([word(random) for _ in range(some(random, 2, 4))])


def punctuated(random: Random) -> str:
    """A sentence or a word amid symbols."""
    if random.random() < 0.5:
        return phrase(random).capitalize() + pick(random, "!?.")
    return pick(random, SYMBOLS) + word(random) + pick(random, SYMBOLS) + word(random)


def foreign(random: Random) -> str:
    """A word with characters beyond ASCII, alone or beside an English one."""
    text = pick(random, FOREIGN)
    return text if random.random() < 0.5 else text + " " + word(random)


def spaced(random: Random) -> str:
    """Words with spaces around them or several between them."""
    return " " * some(random, 0, 2) + word(random) + " " * some(random, 1, 3) + word(random) + " " * some(random, 0, 2)


def short(random: Random) -> str:
    """No character to three of any sort."""
    return "".join([pick(random, "abcdeorstzABEXZ0159 .!é") for _ in range(some(random, 0, 3))])


KINDS: tuple[tuple[float, Callable[[Random], str]], ...] = (
    (0.20, word),
    (0.40, phrase),
    (0.54, cased),
    (0.62, letters),
    (0.72, digits),
    (0.79, listed),
    (0.87, punctuated),
    (0.92, foreign),
    (0.96, spaced),
    (1.00, short),
)
"""Cumulated share of each kind among the strings that `text` draws."""


def text(random: Random) -> str:
    """One string of the mixture."""
    u = random.random()
    return next(kind for share, kind in KINDS if u < share)(random)
