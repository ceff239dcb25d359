"""A string function: everything derived from a `StringsSpec`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from typing_extensions import override

from findbench.functions.base import FloatArray, Function, Inputs, Region
from findbench.functions.strings.evaluate import exemplar_inputs, fork, regions, runner, stratified
from findbench.functions.strings.mutate import mutant_specs
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.registry import reference_code

if TYPE_CHECKING:
    from findbench.functions.strings.spec import StringsSpec


class StringsFunction(Function):
    """Maps any string to a string, deterministically: one operation, or two composed."""

    category: ClassVar[str] = "strings"
    input_kind = "text"
    output_kind = "text"
    in_find: ClassVar[bool] = True

    def __init__(self, id: str, spec: StringsSpec) -> None:
        self.id = id
        self.spec: StringsSpec = spec
        self.family = "+".join(OPERATIONS[step.operation].family for step in spec.steps)
        self.tags = ("clean", "composition") if len(spec.steps) == 2 else ("clean",)
        self._run = runner(spec)

    @override
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> list[str]:
        return self.target(inputs)

    @override
    def target(self, inputs: Inputs) -> list[str]:
        run = self._run
        return [run(str(x)) for x in inputs]

    @property
    @override
    def stochastic(self) -> bool:
        return False

    @property
    @override
    def description(self) -> str:
        """What to do to the string, step by step, with every parameter."""
        texts = [OPERATIONS[step.operation].describe(step.parameters) for step in self.spec.steps]
        if len(texts) == 1:
            return texts[0]
        return f"Two steps. Step 1: {texts[0]} Step 2, applied to the result of step 1: {texts[1]}"

    @property
    @override
    def domain(self) -> str:
        return "Any string of characters, including the empty string."

    @property
    @override
    def reference_code(self) -> str:
        """`predict(x)` with nothing but built-ins; equal to the target on every string."""
        return reference_code([(OPERATIONS[step.operation], step.parameters) for step in self.spec.steps])

    @override
    def exemplars(self, rng: np.random.Generator, n: int) -> list[str]:
        """`n` different strings, not empty, those that the function changes first."""
        return exemplar_inputs(fork(rng), self.spec, n)

    @override
    def held_out(self, rng: np.random.Generator, n: int) -> list[str]:
        """`n` strings of many kinds, so that each branch of each operation is met."""
        return stratified(fork(rng), self.spec, n)

    @override
    def regions(self, rng: np.random.Generator, n: int) -> list[Region]:
        """One for each branch of an operation, with between n / 2 and n strings that fall into it."""
        return [Region(name, inputs) for name, inputs in regions(fork(rng), self.spec, n).items()]

    @override
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """One parameter, operation or the order changed, each plainly different."""
        specs = mutant_specs(fork(rng), self.spec, n)
        return [StringsFunction(f"{self.id}~{i}", spec) for i, spec in enumerate(specs)]
