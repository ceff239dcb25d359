"""Functions of any kinds of inputs and outputs, for tests of what carries them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from findbench.functions.base import Function, Spec


class KindSpec(Spec):
    """What is hidden of a `KindFunction`."""

    name: str


class KindFunction(Function):
    """`each` is called for every input. What it gives is handed on as it is, in an array where all are numbers."""

    category = "numeric"
    input_kind = "number"
    output_kind = "number"

    def __init__(self, input_kind: str, output_kind: str, each: Callable[[Any], Any]) -> None:
        self.input_kind, self.output_kind, self.each = input_kind, output_kind, each  # type: ignore[misc]
        self.id = "numeric/0000"
        self.spec = KindSpec(name=f"{input_kind} to {output_kind}")
        self.tags = ("clean",)
        self.family = "any"

    def sample(self, inputs: Any, uniforms: Any) -> Any:
        return self.target(inputs)

    def target(self, inputs: Any) -> Any:
        outputs = [self.each(x) for x in inputs]
        return np.array(outputs, dtype=float) if all(isinstance(y, (int, float)) for y in outputs) else outputs

    description = domain = reference_code = property(lambda self: "none")

    def held_out(self, rng: np.random.Generator, n: int) -> Any:
        raise NotImplementedError

    exemplars = regions = mutants = held_out


def reversed_rows() -> KindFunction:
    """Rows of numbers, back to front."""
    return KindFunction("row", "row", lambda row: row[::-1])
