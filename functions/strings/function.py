"""A string function: everything derived from a `StringsSpec`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from typing_extensions import override

from findbench.functions.base import FloatArray, Function, Inputs, Places, Region
from findbench.functions.strings.asked import LONGEST, asked, beyond
from findbench.functions.strings.chosen import ascii_mask, branch_predicates, choose
from findbench.functions.strings.evaluate import exemplar_inputs, fork, runner
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
    longest_query = LONGEST

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
    def asked(self, rng: np.random.Generator) -> list[str]:
        return asked(rng, self.subject)

    @override
    def beyond(self, rng: np.random.Generator) -> list[str]:
        return beyond(rng)

    @override
    def choose(self, rng: np.random.Generator, inputs: Inputs, n: int) -> Places:
        """ASCII texts: two fifths of any sort, the rest shared by the branches of the function's own operations, the
        active ones most."""
        return choose(rng, self.spec, [str(x) for x in inputs], n)

    @override
    def regions(self) -> list[Region]:
        """One for each branch of an operation, and one for the texts that go beyond ASCII, which decides nothing."""
        return [
            *(Region(name, contains) for name, contains in branch_predicates(self.spec).items()),
            Region("non-ASCII texts", lambda inputs: ~ascii_mask(inputs), decides=False),
        ]

    @override
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """One parameter, operation or the order changed, each plainly different."""
        specs = mutant_specs(fork(rng), self.spec, n)
        return [StringsFunction(f"{self.id}~{i}", spec) for i, spec in enumerate(specs)]
