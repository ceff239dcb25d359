"""Atoms with a kink or a cusp at a location: absolute value, root, logarithm, (leaky) ReLU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from typing_extensions import override

from findbench.functions.numeric.atom import POLE_GUARD, Atom, Place, Range, distance, larger, plus, shifted

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

Scale = Annotated[float, Range(-30, 30, 0.1)]
Location = Annotated[float, Range(-30, 30)]
Offset = Annotated[float, Range(-30, 30)]


class Absolute(Atom):
    """A V shape."""

    fits_network: ClassVar[bool] = True
    mutates_to: ClassVar[tuple[str, ...]] = ("root", "logarithm")
    atom: Literal["absolute"] = "absolute"
    scale: Scale
    location: Location
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale |x - location| + offset`."""
        return self.scale * np.abs(x - self.location) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} * {distance(self.location)}{plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a scaled absolute value: {self.scale!r} times the distance of x from {self.location!r}, "
            f"offset by {self.offset!r}"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("around the kink", ((self.location - 4, self.location + 4),)),)


class Root(Atom):
    """Square root of the distance from a location: real on both sides."""

    mutates_to: ClassVar[tuple[str, ...]] = ("absolute", "logarithm")
    atom: Literal["root"] = "root"
    scale: Scale
    location: Location
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale sqrt(|x - location|) + offset`."""
        return self.scale * np.sqrt(np.abs(x - self.location)) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} * math.sqrt({distance(self.location)}){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a scaled square root: {self.scale!r} times the square root of the distance of x from {self.location!r}, "
            f"offset by {self.offset!r}"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("around the cusp", ((self.location - 4, self.location + 4),)),)


class Logarithm(Atom):
    """Natural logarithm of the distance from a location, which counts as at least `POLE_GUARD`."""

    mutates_to: ClassVar[tuple[str, ...]] = ("root", "absolute")
    atom: Literal["logarithm"] = "logarithm"
    scale: Scale
    location: Location
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale ln(max(|x - location|, POLE_GUARD)) + offset`."""
        return self.scale * np.log(larger(np.abs(x - self.location), POLE_GUARD)) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} * math.log(max({distance(self.location)}, {POLE_GUARD})){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a scaled logarithm: {self.scale!r} times the natural logarithm of the distance of x from "
            f"{self.location!r} (a distance below {POLE_GUARD} counts as {POLE_GUARD}), offset by {self.offset!r}"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("around the singularity", ((self.location - 3, self.location + 3),)),)


class Relu(Atom):
    """A ramp that is flat (ReLU) or nearly flat (leaky ReLU) below its location."""

    fits_network: ClassVar[bool] = True
    atom: Literal["relu"] = "relu"
    scale: Scale
    location: Location
    leak: Annotated[float, Range(0, 0.3)]
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale max(x - location, leak (x - location)) + offset`."""
        moved = x - self.location
        return self.scale * larger(moved, self.leak * moved) + self.offset

    @override
    def formula(self) -> str:
        moved = shifted(self.location)
        low = "0.0" if self.leak == 0 else f"{self.leak!r} * {moved}"
        return f"{self.scale!r} * max({moved}, {low}){plus(self.offset)}"

    @override
    def words(self) -> str:
        if self.leak == 0:
            return (
                f"a rectified linear unit (ReLU): {self.offset!r} up to x = {self.location!r}, "
                f"from there a line of slope {self.scale!r}"
            )
        return (
            f"a leaky rectified linear unit (leaky ReLU): it passes through {self.offset!r} at x = {self.location!r}, "
            f"with slope {self.scale!r} above and {self.leak!r} times that slope below"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("around the kink", ((self.location - 4, self.location + 4),)),)
