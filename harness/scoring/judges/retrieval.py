"""The retrieval judge: does the submitted description find the true one among near misses and random others?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.entities.embedding import embed
from findbench.functions.suites.builtin import load_suite
from findbench.harness.scoring.judges.neutral import MAX_LENGTH, neutral
from findbench.harness.scoring.judges.verdict import Verdict
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.functions.base import Function

NEAR_MISSES = 5
RANDOM = 5
"""Alternatives of each kind; chance is 1 / 11 where a function has as many near misses."""
FLOOR = 0.3
"""Least similarity to the truth that counts. Texts that say nothing of a function stay below (see docs/scoring.md)."""
SAME_NUMBER = 0.1
"""Relative difference at which two numbers have nothing in common; in between, the credit falls linearly."""
_WORD = re.compile(r"[-−]?\s?\d+(?:\.\d+)?(?:e[-+]?\d+)?|[^\W\d]+|[<>=≤≥+*/^]")
_STOP = frozenset(
    "a an and are as at be by for from in is it its of on or that the this to with".split()  # noqa: SIM905 - reads best
)


class RetrievalJudge:
    """Ranks candidates by 0.5 cosine of embeddings + 0.5 overlap of words, word pairs and numbers.

    Embeddings understand paraphrase and are blind to numbers and order; the overlap is the reverse.
    """

    name = "retrieval"

    def __init__(self, others: Mapping[str, Sequence[str]]) -> None:
        """`others`: category -> true descriptions of other functions, where random alternatives come from."""
        self._others = others

    def score(self, function: Function, description: str, *, seed: int) -> float:
        """1 when the true description alone ranks first and is at least FLOOR similar, else 0."""
        submitted = neutral(description)
        if not submitted:
            return 0.0
        similar = similarities(submitted, self.candidates(function, seed))
        return float(similar[0] >= FLOOR and similar[0] > max(similar[1:], default=-1.0) + 1e-9)

    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """`score`, which is all there is."""
        return Verdict(self.score(function, description, seed=seed))

    def candidates(self, function: Function, seed: int) -> list[str]:
        """The true description, then its alternatives: near misses and random others, all different."""
        rng = np.random.default_rng([derive("retrieval", seed, function.fingerprint())])
        near = [mutant.behaviour for mutant in function.mutants(rng, NEAR_MISSES)]
        pool = self._others.get(function.category, ())
        drawn = [pool[i] for i in rng.permutation(len(pool))[: RANDOM + 1]]
        texts = dict.fromkeys(neutral(text) for text in [function.behaviour, *near, *drawn])
        return list(texts)[: 1 + NEAR_MISSES + RANDOM]


@lru_cache(maxsize=1)
def retrieval_judge() -> RetrievalJudge:
    """The judge whose random alternatives are the suite `mini`."""
    others: dict[str, list[str]] = {}
    for function in load_suite("mini").values():
        others.setdefault(function.category, []).append(function.behaviour)
    return RetrievalJudge(others)


def similarities(text: str, candidates: Sequence[str]) -> list[float]:
    """Similarity of `text` to each candidate, in [0, 1]."""
    vectors = embed([text, *candidates], longest=MAX_LENGTH)
    cosines = vectors[1:] @ vectors[0]
    overlaps = _overlaps(text, candidates)
    return [0.5 * max(float(c), 0.0) + 0.5 * o for c, o in zip(cosines, overlaps, strict=True)]


def _features(text: str) -> tuple[Counter[str], list[float]]:
    """Words and pairs of neighbours (numbers stand as `#` in pairs), and the numbers."""
    words: list[str] = []
    numbers: list[float] = []
    for token in _WORD.findall(text.casefold()):
        if token[-1].isdecimal():  # what `\d` is; other digits, such as Ethiopic ones, are no numbers to `float`
            numbers.append(float(token.replace("−", "-").replace(" ", "")))
            words.append("#")
        elif token not in _STOP:
            words.append(token)
    pairs = [f"{a} {b}" for a, b in pairwise(words)]
    return Counter([*(word for word in words if word != "#"), *pairs]), numbers


def _overlaps(text: str, candidates: Sequence[str]) -> list[float]:
    """Weighted F1 of features; one that fewer candidates have weighs more (inverse document frequency, smoothed)."""
    mine, my_numbers = _features(text)
    theirs = [_features(candidate) for candidate in candidates]
    seen = Counter(feature for words, _ in theirs for feature in words)

    def weight(feature: str) -> float:
        return math.log((1 + len(candidates)) / (seen[feature] + 0.5)) + 0.1

    def mass(words: Counter[str], numbers: Sequence[float]) -> float:
        return sum(weight(word) * count for word, count in words.items()) + 2.0 * len(numbers)

    overlaps = []
    for words, numbers in theirs:
        common = sum(weight(word) * count for word, count in (mine & words).items())
        common += 2.0 * _alike(my_numbers, numbers)
        whole = mass(mine, my_numbers) + mass(words, numbers)
        overlaps.append(min(1.0, 2 * common / whole) if whole > 0 else 0.0)
    return overlaps


def _alike(mine: Sequence[float], theirs: Sequence[float]) -> float:
    """How many numbers have a partner, greedily matched in order, partners that differ a little counting partly."""
    left, total = list(theirs), 0.0
    for number in mine[:100]:
        credits = [_credit(number, other) for other in left]
        best = max(range(len(left)), key=credits.__getitem__, default=-1)
        if best >= 0 and credits[best] > 0:
            total += credits[best]
            del left[best]
    return total


def _credit(a: float, b: float) -> float:
    size = max(abs(a), abs(b))
    return 1.0 if a == b else max(0.0, 1.0 - abs(a - b) / (SAME_NUMBER * size))
