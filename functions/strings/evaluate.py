"""Evaluate a spec, and find inputs for it: the mixture, and inputs that fall into each branch of each operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.strings import inputs
from findbench.functions.strings.operations import OPERATIONS

if TYPE_CHECKING:
    from findbench.functions.strings.registry import Branch, Parameters
    from findbench.functions.strings.spec import StringsSpec

TRIES = 6
"""Inputs made for each that is wanted in a branch of the second operation, whose own input cannot be chosen."""


def runner(spec: StringsSpec, steps: int = 2) -> Callable[[str], str]:
    """The first `steps` steps of the spec as one function of a string."""
    runs = [partial(OPERATIONS[s.operation].run, **s.parameters) for s in spec.steps[:steps]]
    if not runs:
        return lambda x: x
    if len(runs) == 1:
        return runs[0]
    first, second = runs
    return lambda x: second(first(x))


def fork(rng: np.random.Generator) -> Random:
    """A generator of the standard library seeded from `rng`: many times as fast for single draws."""
    return Random(int(rng.integers(2**63)))


def _branch_inputs(
    random: Random, spec: StringsSpec, place: int, branch: Branch, parameters: Parameters, n: int
) -> list[str]:
    before, found = runner(spec, place), []
    for _ in range(n * TRIES):
        x = branch.make(random, parameters)
        if branch.test(before(x), parameters):
            found.append(x)
            if len(found) == n:
                break
    return found


def in_branches(random: Random, spec: StringsSpec, n: int) -> list[str]:
    """Up to `n` inputs in each branch of each operation; branches that are next to unreachable are left out."""
    found: list[str] = []
    for place, step in enumerate(spec.steps):
        for branch in OPERATIONS[step.operation].branches:
            made = _branch_inputs(random, spec, place, branch, step.parameters, n)
            if 2 * len(made) >= n:
                found += made
    return found


def stratified(random: Random, spec: StringsSpec, n: int) -> list[str]:
    """`n` inputs: two fifths of the mixture, the rest shared by the branches, the active ones most; in random order."""
    active = max(1, (2 * n) // (5 * len(spec.steps)))
    other = max(1, n // (5 * sum(len(OPERATIONS[s.operation].branches) for s in spec.steps)))
    drawn: list[str] = []
    for place, step in enumerate(spec.steps):
        for i, branch in enumerate(OPERATIONS[step.operation].branches):
            wanted = active if i == 0 else other
            drawn += _branch_inputs(random, spec, place, branch, step.parameters, wanted)
    drawn = drawn[:n]
    drawn += [inputs.text(random) for _ in range(n - len(drawn))]
    return _shuffled(random, drawn)


def _shuffled(random: Random, items: Sequence[str]) -> list[str]:
    keyed = sorted((random.random(), i) for i in range(len(items)))
    return [items[i] for _, i in keyed]


def exemplar_inputs(random: Random, spec: StringsSpec, n: int) -> list[str]:
    """`n` inputs that show the function off: different ones, not empty, those that it changes first."""
    run = runner(spec)
    drawn = [x for x in dict.fromkeys(stratified(random, spec, 4 * n + 8)) if x]
    drawn.sort(key=lambda x: run(x) == x)
    while len(drawn) < n:
        drawn.append(inputs.text(random) + inputs.word(random))
    return drawn[:n]
