"""Smooth atoms that live around a location: Gaussian, hyperbolic tangent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from typing_extensions import override

from findbench.functions.numeric.atom import Atom, Place, Range, plus, shifted

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray


class Gaussian(Atom):
    """A bell."""

    fits_network: ClassVar[bool] = True
    atom: Literal["gaussian"] = "gaussian"
    amplitude: Annotated[float, Range(-10, 10, 0.1)]
    mean: Annotated[float, Range(-50, 50)]
    sd: Annotated[float, Range(1, 10)]
    offset: Annotated[float, Range(-30, 30)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`amplitude exp(-((x - mean) / sd)**2 / 2) + offset`."""
        z = (x - self.mean) / self.sd
        return self.amplitude * np.exp(-0.5 * z * z) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.amplitude!r} * math.exp(-0.5 * ({shifted(self.mean)} / {self.sd!r}) ** 2){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a Gaussian bump of height {self.amplitude!r}, mean {self.mean!r} and standard deviation {self.sd!r} "
            f"on a level of {self.offset!r}"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("the bump", ((self.mean - 2 * self.sd, self.mean + 2 * self.sd),)),)


class Tanh(Atom):
    """A smooth transition between two levels."""

    fits_network: ClassVar[bool] = True
    atom: Literal["tanh"] = "tanh"
    scale: Annotated[float, Range(-30, 30, 0.1)]
    location: Annotated[float, Range(-30, 30)]
    width: Annotated[float, Range(1, 10)]
    offset: Annotated[float, Range(-30, 30)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale tanh((x - location) / width) + offset`."""
        return self.scale * np.tanh((x - self.location) / self.width) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} * math.tanh({shifted(self.location)} / {self.width!r}){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a hyperbolic tangent: a smooth transition of width {self.width!r} centred at x = {self.location!r}, from "
            f"{round(self.offset - self.scale, 1)!r} to {round(self.offset + self.scale, 1)!r}"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("the transition", ((self.location - 2 * self.width, self.location + 2 * self.width),)),)
