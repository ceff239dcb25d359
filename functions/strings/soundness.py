"""What makes a string function unsound: near the identity, near a constant, or a step or parameter without effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from random import Random

import numpy as np

from findbench.functions.strings import inputs
from findbench.functions.strings.evaluate import fork, runner, stratified
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.spec import Step, StringsSpec

CHANGED = 0.6
"""Least share of held-out inputs that the function changes, so that the identity is no answer."""
CONSTANT = 0.4
"""Largest share of held-out inputs that one output may serve."""
OWN = 0.15
"""Least share of held-out inputs on which a composition differs from each of its two operations alone."""
SLACK = 0.14
"""By which an audit on other held-out inputs may miss these shares; the generator keeps to them."""
HELD_OUT = 300
PROBES = 300


def problems(rng: np.random.Generator, spec: StringsSpec) -> list[str]:
    """Why the spec is no sound function, judged on fresh held-out inputs with `SLACK`; empty if it is."""
    return _problems(fork(rng), spec, SLACK)


def _problems(random: Random, spec: StringsSpec, slack: float) -> list[str]:
    drawn = stratified(random, spec, HELD_OUT)
    run = runner(spec)
    outputs = [run(x) for x in drawn]
    found = []
    changed = sum(x != y for x, y in zip(drawn, outputs, strict=True)) / len(drawn)
    if changed < CHANGED - slack:
        found.append(f"the identity is right on {1 - changed:.0%} of held-out inputs")
    same = Counter(outputs).most_common(1)[0][1] / len(drawn)
    if same > CONSTANT + slack:
        found.append(f"a constant is right on {same:.0%} of held-out inputs")
    if len(spec.steps) == 2:
        for place, step in enumerate(spec.steps, 1):
            alone = runner(StringsSpec(steps=(step,)))
            differs = sum(alone(x) != y for x, y in zip(drawn, outputs, strict=True)) / len(drawn)
            if differs < OWN - slack:
                found.append(f"step {place} alone is right on {1 - differs:.0%} of held-out inputs")
    return found + _idle_parameters(drawn, outputs, spec)


def _idle_parameters(drawn: Sequence[str], outputs: Sequence[str], spec: StringsSpec) -> list[str]:
    found = []
    for place, step in enumerate(spec.steps):
        for name, grid in OPERATIONS[step.operation].grids.items():
            others = [runner(spec.with_parameter(place, name, v)) for v in grid if v != step.parameters[name]]
            if all(all(run(x) == y for x, y in zip(drawn, outputs, strict=True)) for run in others):
                found.append(f"{name} of {step.operation} has no effect")
    return found


def sound(random: Random, spec: StringsSpec) -> bool:
    """Whether the generator takes the spec (no slack)."""
    return not _problems(random, spec, 0.0)


@lru_cache(maxsize=1)
def probes() -> tuple[str, ...]:
    """The fixed inputs on which functions are compared with each other."""
    random = Random(20230906)
    return tuple(inputs.text(random) for _ in range(PROBES))


def signature(spec: StringsSpec) -> tuple[str, ...]:
    """Outputs on the probes: functions with equal signatures count as equal."""
    run = runner(spec)
    return tuple(run(x) for x in probes())


@lru_cache(maxsize=1)
def singles() -> dict[tuple[str, ...], StringsSpec]:
    """Signature -> the first spec of one operation with it, over all parameters; without the identity."""
    found: dict[tuple[str, ...], StringsSpec] = {}
    for name, operation in OPERATIONS.items():
        for parameters in operation.settings():
            spec = StringsSpec(steps=(Step(operation=name, parameters=parameters),))
            found.setdefault(signature(spec), spec)
    found.pop(probes(), None)
    return found
