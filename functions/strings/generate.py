"""Make string functions: 30 % of one operation, 70 % of two, all sound, no two equal, no two that equal one."""

from __future__ import annotations

from random import Random
from typing import TypeVar

import numpy as np

from findbench.functions.category import Progress, ignore_progress
from findbench.functions.errors import SuiteError
from findbench.functions.strings import inputs
from findbench.functions.strings.evaluate import fork
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.soundness import probes, signature, singles, sound
from findbench.functions.strings.spec import Step, StringsSpec

T = TypeVar("T")

SINGLE = 0.3
"""Share of functions of one operation (FIND's)."""
ATTEMPTS = 60
"""Candidates drawn for each function wanted, before giving up."""


class _Deck:
    """Operations' names in random order, each once before any comes again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left: list[str] = []

    def step(self) -> Step:
        if not self._left:
            self._left = _shuffled(self._random, list(OPERATIONS))
        operation = OPERATIONS[self._left.pop()]
        return Step(
            operation=operation.name,
            parameters={name: inputs.pick(self._random, grid) for name, grid in operation.grids.items()},
        )


def generate(rng: np.random.Generator, count: int, progress: Progress = ignore_progress) -> list[StringsSpec]:
    """`count` different sound specs in random order; `progress(1)` after each. Raises `SuiteError` when the registry
    cannot give so many."""
    random = fork(rng)
    single = min(count, max(1, round(SINGLE * count)))
    seen = {probes()}
    decks = _Deck(random), _Deck(random)
    found = _draw(random, decks[:1], single, seen, progress)
    seen.update(singles())
    found += _draw(random, decks, count - single, seen, progress)
    return [found[i] for i in _shuffled(random, list(range(count)))]


def _draw(
    random: Random,
    decks: tuple[_Deck, ...],
    count: int,
    seen: set[tuple[str, ...]],
    progress: Progress,
) -> list[StringsSpec]:
    found: list[StringsSpec] = []
    for _ in range(ATTEMPTS * count):
        if len(found) == count:
            break
        spec = StringsSpec(steps=tuple(deck.step() for deck in decks))
        outputs = signature(spec)
        if outputs in seen or not sound(random, spec):
            continue
        seen.add(outputs)
        found.append(spec)
        progress(1)
    if len(found) < count:
        raise SuiteError(
            f"only {len(found)} different string functions of {len(decks)} operation(s) were found where {count} are "
            "wanted: ask for fewer"
        )
    return found


def _shuffled(random: Random, items: list[T]) -> list[T]:
    keyed = sorted((random.random(), i) for i in range(len(items)))
    return [items[i] for _, i in keyed]
