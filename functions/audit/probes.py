"""The inputs and mean outputs that an audit looks at, and when two outputs differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from findbench.functions.base import FloatArray, Function, Inputs, Outputs
from findbench.functions.numeric import tolerance

GLOBAL = {"numeric": 512, "strings": 200, "entities": 80, "relations": 80}
"""Held-out global inputs a function is looked at with."""
LOCAL = 64
"""Held-out inputs per local region."""
UNIT_TOLERANCE = 0.01
"""Two outputs of an entities function, in [0, 1], are equal when this near."""


def joined(parts: list[Inputs]) -> Inputs:
    """One batch of several of the same kind."""
    if isinstance(parts[0], np.ndarray):
        return np.concatenate([np.asarray(part) for part in parts])
    return [str(item) for part in parts for item in part]


@dataclass(frozen=True)
class Probes:
    """A function with held-out inputs drawn for this audit; targets are computed once."""

    function: Function
    seed: int
    regions: dict[str, Inputs] = field(init=False)
    globals: Inputs = field(init=False)

    def __post_init__(self) -> None:
        n = GLOBAL[self.function.category]
        object.__setattr__(self, "globals", self.function.held_out(self.generator(), n))
        object.__setattr__(self, "regions", self.function.local_regions(self.generator(), LOCAL))

    def generator(self) -> np.random.Generator:
        """A generator in the same state each time."""
        return np.random.default_rng([self.seed, *self.function.id.encode()])

    @cached_property
    def inputs(self) -> Inputs:
        """Global and local held-out inputs."""
        return joined([self.globals, *self.regions.values()])

    @cached_property
    def targets(self) -> Outputs:
        """Noise-free outputs on `inputs`."""
        return self.function.target(self.inputs)


def differences(function: Function, expected: Outputs, other: Outputs) -> FloatArray:
    """How far outputs are from expected ones, elementwise, in units of what counts as equal (> 1: different)."""
    if function.output_kind == "text":
        return np.array([float(a != b) * 2 for a, b in zip(expected, other, strict=True)])
    want, got = np.asarray(expected, dtype=np.float64), np.asarray(other, dtype=np.float64)
    allowed = tolerance(function, want) if function.category == "numeric" else np.full(want.shape, UNIT_TOLERANCE)
    return np.asarray(np.abs(got - want) / allowed)


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
