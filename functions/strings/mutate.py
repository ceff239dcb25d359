"""Mutants of a string function: one parameter, one operation or the order changed, and visibly so."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from findbench.functions.strings import inputs
from findbench.functions.strings.evaluate import runner, stratified
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.spec import Step, StringsSpec

HELD_OUT = 80
DIFFERENT = 0.1
"""Least share of held-out inputs on which a mutant differs."""


def mutant_specs(random: Random, spec: StringsSpec, n: int) -> list[StringsSpec]:
    """Up to `n` specs with one thing changed, each different on `DIFFERENT` of held-out inputs, no two equal there."""
    drawn = stratified(random, spec, HELD_OUT)
    run = runner(spec)
    outputs = [run(x) for x in drawn]
    seen = {tuple(outputs)}
    found: list[StringsSpec] = []
    for candidate in _candidates(random, spec):
        if len(found) == n:
            break
        other = runner(candidate)
        made = tuple(other(x) for x in drawn)
        if made in seen or sum(a != b for a, b in zip(made, outputs, strict=True)) < DIFFERENT * HELD_OUT:
            continue
        seen.add(made)
        found.append(candidate)
    return found


def _candidates(random: Random, spec: StringsSpec) -> Iterator[StringsSpec]:
    """The order changed, then each parameter to each other value in random order, then operations of the family."""
    if len(spec.steps) == 2:
        yield StringsSpec(steps=spec.steps[::-1])
    changes = [
        spec.with_parameter(place, name, value)
        for place, step in enumerate(spec.steps)
        for name, grid in OPERATIONS[step.operation].grids.items()
        for value in grid
        if value != step.parameters[name]
    ]
    swaps = [
        (place, name)
        for place, step in enumerate(spec.steps)
        for name, operation in OPERATIONS.items()
        if name != step.operation and operation.family == OPERATIONS[step.operation].family
    ]
    anything = [(place, name) for place in range(len(spec.steps)) for name in ("reverse", "upper", "swap_halves")]
    while changes or swaps:
        if changes:
            yield changes.pop(int(random.random() * len(changes)))
        if swaps:
            yield _replaced(random, spec, *swaps.pop(int(random.random() * len(swaps))))
    for place, name in anything:
        yield _replaced(random, spec, place, name)


def _replaced(random: Random, spec: StringsSpec, place: int, name: str) -> StringsSpec:
    grids = OPERATIONS[name].grids
    step = Step(operation=name, parameters={key: inputs.pick(random, grid) for key, grid in grids.items()})
    return spec.with_step(place, step)
