"""A string function: everything derived from a `StringsSpec`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from findbench.functions.base import Category, FloatArray, Function, Inputs, Kind
from findbench.functions.strings.evaluate import fork, regions, runner, showing, spread
from findbench.functions.strings.mutate import near_misses
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.registry import reference_code
from findbench.functions.strings.spec import StringsSpec


class StringsFunction(Function):
    """Maps any string to a string, deterministically: one operation, or two composed."""

    category: ClassVar[Category] = "strings"
    input_kind: ClassVar[Kind] = "text"
    output_kind: ClassVar[Kind] = "text"

    def __init__(self, id: str, spec: StringsSpec) -> None:
        self.id = id
        self.spec: StringsSpec = spec
        self.family = "+".join(OPERATIONS[step.operation].family for step in spec.steps)
        self.tags = ("clean", "composition") if len(spec.steps) == 2 else ("clean",)
        self._run = runner(spec)

    def sample(self, inputs: Inputs, uniforms: FloatArray) -> list[str]:  # noqa: ARG002 - there is no noise
        """n strings -> n strings; `uniforms` are ignored."""
        return self.target(inputs)

    def target(self, inputs: Inputs) -> list[str]:
        """n strings -> n strings."""
        run = self._run
        return [run(str(x)) for x in inputs]

    @property
    def stochastic(self) -> bool:
        """Never."""
        return False

    @property
    def description(self) -> str:
        """What to do to the string, step by step, with every parameter."""
        texts = [OPERATIONS[step.operation].describe(step.parameters) for step in self.spec.steps]
        if len(texts) == 1:
            return texts[0]
        return f"Two steps. Step 1: {texts[0]} Step 2, applied to the result of step 1: {texts[1]}"

    @property
    def domain(self) -> str:
        """The input domain in one sentence."""
        return "Any string of characters, including the empty string."

    @property
    def reference_code(self) -> str:
        """`predict(x)` with nothing but built-ins; equal to the target on every string."""
        return reference_code([(OPERATIONS[step.operation], step.parameters) for step in self.spec.steps])

    def exemplars(self, rng: np.random.Generator, n: int) -> list[str]:
        """`n` different strings, not empty, those that the function changes first."""
        return showing(fork(rng), self.spec, n)

    def held_out(self, rng: np.random.Generator, n: int) -> list[str]:
        """`n` strings of many kinds, so that each branch of each operation is met."""
        return spread(fork(rng), self.spec, n)

    def local_regions(self, rng: np.random.Generator, n: int) -> dict[str, Inputs]:
        """Branch of an operation -> between n / 2 and n strings that fall into it."""
        return dict(regions(fork(rng), self.spec, n))

    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """Up to `n` near misses, one parameter, operation or the order changed, each plainly different."""
        specs = near_misses(fork(rng), self.spec, n)
        return [StringsFunction(f"{self.id}~{i}", spec) for i, spec in enumerate(specs)]
