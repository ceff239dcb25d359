"""The inputs and mean outputs that an audit looks at, and how far outputs are from each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.categories import load_category
from findbench.functions.held_out import HeldOut, draw, take
from findbench.functions.kinds import KINDS

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray, Function, Inputs, Outputs, Values

QUERIES = 1000
"""The largest budget: with fewer queries, noise leaves some mutants within the tolerance."""
LEAST = 1e-12
"""What stands for a tolerance of 0."""


@dataclass(frozen=True)
class Probes:
    """A function with held-out inputs drawn for this audit; targets are computed once."""

    function: Function
    seed: int
    asked: Inputs | None = None
    """What is asked of functions with this one's brief, where that was drawn before: it is the same for all."""
    held_out: HeldOut = field(init=False)

    def __post_init__(self) -> None:
        n = load_category(self.function.category).audit_inputs
        asked = self.function.asked(self.generator()) if self.asked is None else self.asked
        object.__setattr__(self, "held_out", draw(self.function, asked, self.generator(), n))

    def generator(self) -> np.random.Generator:
        """A generator in the same state each time."""
        return np.random.default_rng([self.seed, *self.function.id.encode()])

    @cached_property
    def globals(self) -> Inputs:
        """Global held-out inputs."""
        return take(self.held_out.asked, self.held_out.global_)

    @cached_property
    def inputs(self) -> Inputs:
        """Global and local held-out inputs, each once."""
        return take(self.held_out.asked, self.held_out.chosen)

    @cached_property
    def targets(self) -> Outputs:
        """Noise-free outputs on `inputs`."""
        return self.function.target(self.inputs)


def differences(function: Function, expected: Outputs, other: Values) -> FloatArray:
    """How far outputs are from expected ones, shape (n,), in units of the function's tolerance (> 1: different)."""
    errors = KINDS[function.output_kind].errors(expected, other)
    return errors / np.maximum(function.tolerance(expected, QUERIES), LEAST)


def load_predict(code: str) -> Callable[[object], object]:
    """The `predict` that reference code defines (or its `TABLE`'s look-up). Runs the code: only ever our own text."""
    names: dict[str, object] = {}
    exec(compile(code, "<reference code>", "exec"), names)  # noqa: S102 - derived from a spec, never a model's text
    predict = names.get("predict")
    if callable(predict):
        return predict
    table = names["TABLE"]
    assert isinstance(table, dict)
    return table.__getitem__
