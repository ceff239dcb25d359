"""Atoms with a pole: reciprocal, rational. Their denominators count as at least `POLE_GUARD` in magnitude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from typing_extensions import override

from findbench.functions.numeric.atom import POLE_GUARD, Atom, Place, Range, away_from_zero, guarded, plus, shifted

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray


def both_sides(pole: float) -> Place:
    """The neighbourhood of a pole without its innermost part."""
    return Place("both sides of the pole", ((pole - 3, pole - 0.05), (pole + 0.05, pole + 3)))


Coefficient = Annotated[float, Range(-10, 10, 0.1)]


class Reciprocal(Atom):
    """A hyperbola."""

    atom: Literal["reciprocal"] = "reciprocal"
    scale: Annotated[float, Range(-30, 30, 0.1)]
    location: Annotated[float, Range(-30, 30)]
    offset: Annotated[float, Range(-30, 30)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale / (x - location) + offset`, the denominator guarded."""
        return self.scale / away_from_zero(x - self.location) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.scale!r} / {guarded(shifted(self.location))}{plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a scaled reciprocal: {self.scale!r} divided by (x - location) with location {self.location!r}, "
            f"offset by {self.offset!r} (a denominator nearer to 0 than {POLE_GUARD} counts as {POLE_GUARD}, its sign "
            f"kept)"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (both_sides(self.location),)


class Rational(Atom):
    """A ratio of two lines, (a x + b) / (c x + d)."""

    atom: Literal["rational"] = "rational"
    a: Coefficient
    b: Coefficient
    c: Coefficient
    d: Coefficient

    @classmethod
    @override
    def draw(cls, rng: np.random.Generator) -> Self:
        """Coefficients within +-10; never a constant in disguise (a d = b c)."""
        while True:
            drawn = super().draw(rng)
            if abs(drawn.a * drawn.d - drawn.b * drawn.c) > 1:
                return drawn

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`(a x + b) / (c x + d)`, the denominator guarded."""
        return (self.a * x + self.b) / away_from_zero(self.c * x + self.d)

    @override
    def formula(self) -> str:
        return f"({self.a!r} * x{plus(self.b)}) / {guarded(f'({self.c!r} * x{plus(self.d)})')}"

    @override
    def words(self) -> str:
        return (
            f"a rational function: the ratio of the lines {self.a!r} * x{plus(self.b)} and {self.c!r} * x{plus(self.d)}"
            f" (a denominator nearer to 0 than {POLE_GUARD} counts as {POLE_GUARD}, its sign kept)"
        )

    @override
    def places(self) -> tuple[Place, ...]:
        return (both_sides(-self.d / self.c),)
