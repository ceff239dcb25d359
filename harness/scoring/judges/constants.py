"""What is right by no knowledge of a function: choices and answers that are the same whatever was asked.

A judge takes the best of them off, so that a description from which nothing follows is worth nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.kinds import KINDS

if TYPE_CHECKING:
    from findbench.functions.base import Function, Outputs
    from findbench.functions.kinds import Mask

Options = Sequence[str]
"""Different outputs, as they are shown."""


def above(share: float, floor: float) -> float:
    """What of `share` is over `floor`, so that the floor itself is 0 and everything right is 1. `floor` is below 1."""
    return max(0.0, (share - floor) / (1.0 - floor))


def _numbers(options: Options) -> list[float]:
    """The options as numbers; zeros when not all are finite ones, which prefers none of them."""
    try:
        numbers = [float(option) for option in options]
    except ValueError:
        numbers = [math.nan]
    return numbers if all(map(math.isfinite, numbers)) else [0.0] * len(options)


def _in_the_middle(values: Sequence[float]) -> list[float]:
    return [-abs(median(values) - value) for value in values]


def _capitals(option: str) -> int:
    return sum(map(str.isupper, option))


def _by_alphabet(_: str, options: Options) -> list[float]:
    order = sorted(options)
    return [order.index(option) for option in options]


def _like_the_input(given: str, options: Options) -> list[float]:
    return [SequenceMatcher(None, given, option, autojunk=False).ratio() for option in options]


def _like_the_others(_: str, options: Options) -> list[float]:
    """Near misses are one change away from the truth, and two from each other."""
    return [sum(sorted(_like_the_input(option, options))[:-1]) for option in options]


CHOICES: Mapping[str, Callable[[str, Options], list[float]]] = {
    "the largest": lambda _, options: _numbers(options),
    "the smallest": lambda _, options: [-number for number in _numbers(options)],
    "the middle one": lambda _, options: _in_the_middle(_numbers(options)),
    "the nearest to 0": lambda _, options: [-abs(number) for number in _numbers(options)],
    "`undefined`": lambda _, options: [option == "undefined" for option in options],
    "not `undefined`": lambda _, options: [option != "undefined" for option in options],
    "the longest": lambda _, options: [len(option) for option in options],
    "the shortest": lambda _, options: [-len(option) for option in options],
    "the middle one by length": lambda _, options: _in_the_middle([len(option) for option in options]),
    "with most capitals": lambda _, options: [_capitals(option) for option in options],
    "with fewest capitals": lambda _, options: [-_capitals(option) for option in options],
    "the last by alphabet": _by_alphabet,
    "the first by alphabet": lambda given, options: [-place for place in _by_alphabet(given, options)],
    "the most like the input": _like_the_input,
    "the most like the others": _like_the_others,
}
"""What is chosen -> (the input as it is shown, options) -> a value for each: one of the options with the highest."""


def chosen_right(given: str, options: Options) -> list[float]:
    """How right each of CHOICES is where the first option is the truth: 0, 1, or its share among those it leaves."""
    found = []
    for choose in CHOICES.values():
        values = choose(given, options)
        highest = max(values)
        found.append((values[0] == highest) / values.count(highest))
    return found


def best_answer(function: Function, targets: Outputs) -> Mask:
    """Which of the targets the answer that most of them have gets right, bool of shape (n,): one of them, 0 or
    `undefined`."""
    kind = KINDS[function.output_kind]
    candidates: list[Any] = [*dict.fromkeys(targets)] if kind.exact else [*targets]
    if function.output_kind == "number":
        candidates.append(0.0)
    elif function.output_kind == "text":
        candidates.append("undefined")
    right = (function.is_correct(targets, kind.batch([answer] * len(targets))) for answer in candidates)
    return max(right, key=np.sum)
