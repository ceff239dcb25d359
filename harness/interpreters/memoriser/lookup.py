"""The texts nearest to a text by the letters that they share. The memoriser submits the source of this module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Output = TypeVar("Output")

Near = list[tuple[float, int]]
"""(likeness from 0 to 1, place of a text), the nearest first."""


def plain(text: str) -> str:
    """The text without what mostly does not count: case, outer and repeated spaces, a leading article."""
    words = text.casefold().split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words)


def parts(text: str) -> set[str]:
    """The pairs and triples of neighbouring characters, those with the text's borders included."""
    padded = "\0" + plain(text) + "\0"
    return {padded[i : i + n] for n in (2, 3) for i in range(len(padded) + 1 - n)}


class Nearest:
    """Finds the nearest of many texts by Dice's coefficient of their parts (Dice 1945), without comparing with all."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.sizes: list[int] = []
        self.holders: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            found = parts(text)
            self.sizes.append(len(found))
            for part in found:
                self.holders.setdefault(part, []).append(place)

    def of(self, text: str, count: int, without: int | None = None) -> Near:
        """The `count` nearest texts; fewer where fewer share anything with it. `without`: the place of one left out."""
        own = parts(text)
        shared: dict[int, int] = {}
        for part in own:
            for place in self.holders.get(part, ()):
                shared[place] = shared.get(place, 0) + 1
        shared.pop(-1 if without is None else without, None)
        alike = [(2 * number / (len(own) + self.sizes[place]), -place) for place, number in shared.items()]
        return [(likeness, -place) for likeness, place in sorted(alike, reverse=True)[:count]]


def mean_of(near: Near, outputs: Sequence[float], usual: float, pull: float) -> float:
    """The mean of the outputs of the near texts, by their likeness, and of the usual output with the weight `pull`."""
    weights = [likeness**3 for likeness, _ in near]
    total = sum(weight * outputs[place] for weight, (_, place) in zip(weights, near, strict=True))
    return (total + pull * usual) / (sum(weights) + pull)


def one_of(near: Near, outputs: Sequence[Output], usual: Output, least: float) -> Output:
    """The output of the nearest text if its likeness is at least `least`, else the usual output."""
    return outputs[near[0][1]] if near and near[0][0] >= least else usual
