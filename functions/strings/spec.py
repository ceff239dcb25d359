"""The data of a string function: one or two operations with their parameters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt, StrictStr, model_validator

from findbench.functions.base import Spec
from findbench.functions.strings.operations import OPERATIONS


class Step(Spec):
    """One operation of the registry, every parameter set to a value of its grid."""

    operation: str
    parameters: dict[str, StrictInt | StrictStr] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Step:
        if self.operation not in OPERATIONS:
            raise ValueError(f"there is no string operation {self.operation!r}")
        grids = OPERATIONS[self.operation].grids
        if list(self.parameters) != list(grids):
            raise ValueError(f"{self.operation} takes the parameters {', '.join(grids) or 'none'}, in this order")
        for name, value in self.parameters.items():
            if value not in grids[name]:
                raise ValueError(f"{self.operation}: {name} cannot be {value!r}")
        return self


class StringsSpec(Spec):
    """One step, or two applied one after the other."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=2)]

    def with_step(self, place: int, step: Step) -> StringsSpec:
        """The spec with another step at `place`, counted from 0."""
        return StringsSpec(steps=(*self.steps[:place], step, *self.steps[place + 1 :]))

    def with_parameter(self, place: int, name: str, value: str | int) -> StringsSpec:
        """The spec with one parameter of one step changed."""
        old = self.steps[place]
        return self.with_step(place, Step(operation=old.operation, parameters={**old.parameters, name: value}))
