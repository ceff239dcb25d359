"""Which of the texts that submitted code was asked are scored, for one string function: its own branches weigh most."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.strings.evaluate import runner
from findbench.functions.strings.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from findbench.functions.base import Inputs, Mask, Places
    from findbench.functions.strings.registry import Branch, Parameters
    from findbench.functions.strings.spec import StringsSpec

ANY_SHARE = 0.4
"""Share of the global inputs that is of any sort."""
ACTIVE_SHARE = 0.4
"""Share that falls into the branches in which an operation does something; what is left is shared by all branches."""


def ascii_mask(inputs: Inputs) -> Mask:
    """Which texts hold nothing but ASCII."""
    return np.array([str(x).isascii() for x in inputs], dtype=bool)


def branch_predicates(spec: StringsSpec) -> dict[str, Callable[[Inputs], Mask]]:
    """Name -> which texts, of ASCII, fall into one branch of an operation."""
    return {name: contains for name, contains, _ in _branches(spec)}


def _branches(spec: StringsSpec) -> list[tuple[str, Callable[[Inputs], Mask], bool]]:
    """Name, predicate, and whether it is the branch in which its operation does something."""
    found: list[tuple[str, Callable[[Inputs], Mask], bool]] = []
    for place, step in enumerate(spec.steps):
        before = runner(spec, place)
        for i, branch in enumerate(OPERATIONS[step.operation].branches):
            name = f"inputs that {branch.name}" if place == 0 else f"after step 1: {branch.name}"
            found.append((name, partial(_falls_into, branch, step.parameters, before), i == 0))
    return found


def _falls_into(branch: Branch, parameters: Parameters, before: Callable[[str], str], inputs: Inputs) -> Mask:
    return np.array([x.isascii() and branch.test(before(x), parameters) for x in map(str, inputs)], dtype=bool)


def choose(rng: np.random.Generator, spec: StringsSpec, texts: Sequence[str], n: int) -> Places:
    """Places of `n` ASCII texts: `ACTIVE_SHARE` in the first branches of the operations, a fifth shared by all of
    their branches, the rest of any sort."""
    branches = _branches(spec)
    most = round(n * ACTIVE_SHARE / len(spec.steps))
    least = round(n * (1 - ACTIVE_SHARE - ANY_SHARE) / len(branches))
    left = ascii_mask(texts)
    chosen: list[int] = []
    for _, contains, active in branches:
        places = rng.permutation(np.flatnonzero(contains(texts) & left))[: most if active else least]
        left[places] = False
        chosen += places.tolist()
    rest = rng.permutation(np.flatnonzero(left))[: max(0, n - len(chosen))]
    return np.array([*chosen, *rest.tolist()], dtype=np.int64)
