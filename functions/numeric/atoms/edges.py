"""Atoms with jumps: step, rectangle, square wave, ceil, floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from typing_extensions import override

from findbench.functions.numeric.atom import Atom, Place, Range, multiples, one_period, plus, where

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

Offset = Annotated[float, Range(-30, 30)]
Amplitude = Annotated[float, Range(-10, 10, 0.1)]


class Step(Atom):
    """One jump at a location."""

    atom: Literal["step"] = "step"
    scale: Annotated[float, Range(-30, 30, 0.1)]
    location: Annotated[float, Range(-30, 30)]
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`offset` below the location, `scale + offset` from it on."""
        return where(x >= self.location, self.scale + self.offset, self.offset)

    @override
    def formula(self) -> str:
        return f"({self.scale!r} if x >= {self.location!r} else 0.0){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a step at x = {self.location!r}: {self.offset!r} below it, "
            f"{round(self.scale + self.offset, 1)!r} from it on"
        )

    @override
    def borders(self) -> tuple[float, ...]:
        return (self.location,)

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("both sides of the step", ((self.location - 3, self.location + 3),)),)


class Rectangle(Atom):
    """Another value inside one interval."""

    atom: Literal["rectangle"] = "rectangle"
    amplitude: Amplitude
    start: Annotated[float, Range(-50, 50)]
    width: Annotated[float, Range(1, 10)]
    offset: Offset

    @property
    def end(self) -> float:
        """Where the interval ends."""
        return round(self.start + self.width, 1)

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`amplitude + offset` on [start, end], `offset` elsewhere."""
        return where((x >= self.start) & (x <= self.end), self.amplitude + self.offset, self.offset)

    @override
    def formula(self) -> str:
        return f"({self.amplitude!r} if {self.start!r} <= x <= {self.end!r} else 0.0){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a rectangle: {round(self.amplitude + self.offset, 1)!r} for x from {self.start!r} to {self.end!r} "
            f"(width {self.width!r}), {self.offset!r} elsewhere"
        )

    @override
    def borders(self) -> tuple[float, ...]:
        return (self.start, self.end)

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("inside the rectangle", ((self.start, self.end),), bounded=True),)


class SquareWave(Atom):
    """Alternates between two values, half a period each."""

    atom: Literal["square"] = "square"
    amplitude: Amplitude
    period: Annotated[float, Range(2, 60)]
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`amplitude + offset` in the first half of each period, `-amplitude + offset` in the second."""
        turns = x / self.period
        return where(turns - np.floor(turns) < 0.5, self.amplitude + self.offset, self.offset - self.amplitude)

    @override
    def formula(self) -> str:
        turns = f"x / {self.period!r}"
        return (
            f"({self.amplitude!r} if {turns} - math.floor({turns}) < 0.5 else {-self.amplitude!r}){plus(self.offset)}"
        )

    @override
    def words(self) -> str:
        return (
            f"a square wave of period {self.period!r}: {round(self.offset + self.amplitude, 1)!r} in the first half of "
            f"each period (periods start at x = 0 and its multiples), {round(self.offset - self.amplitude, 1)!r} in "
            f"the second half"
        )

    @override
    def borders(self) -> tuple[float, ...]:
        return multiples(self.period / 2)

    @override
    def places(self) -> tuple[Place, ...]:
        return one_period(self.period)

    @override
    def cycle(self) -> float:
        return self.period


class Ceil(Atom):
    """A staircase that rounds up; a term only."""

    alone: ClassVar[bool] = False
    mutates_to: ClassVar[tuple[str, ...]] = ("floor",)
    atom: Literal["ceil"] = "ceil"
    scale: Amplitude
    width: Annotated[float, Range(1, 30)]
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale ceil(x / width) + offset`."""
        return self.scale * np.ceil(x / self.width) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} * math.ceil(x / {self.width!r}){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a staircase: {self.scale!r} times x / {self.width!r} rounded up to a whole number, "
            f"offset by {self.offset!r}"
        )

    @override
    def borders(self) -> tuple[float, ...]:
        return multiples(self.width)

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("treads", ((-self.width, self.width),)),)


class Floor(Atom):
    """A staircase that rounds down; a term only."""

    alone: ClassVar[bool] = False
    mutates_to: ClassVar[tuple[str, ...]] = ("ceil",)
    atom: Literal["floor"] = "floor"
    scale: Amplitude
    width: Annotated[float, Range(1, 30)]
    offset: Offset

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale floor(x / width) + offset`."""
        return self.scale * np.floor(x / self.width) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} * math.floor(x / {self.width!r}){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a staircase: {self.scale!r} times x / {self.width!r} rounded down to a whole number, "
            f"offset by {self.offset!r}"
        )

    @override
    def borders(self) -> tuple[float, ...]:
        return multiples(self.width)

    @override
    def places(self) -> tuple[Place, ...]:
        return (Place("treads", ((-self.width, self.width),)),)
