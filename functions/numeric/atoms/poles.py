"""Atoms with a pole: reciprocal, rational. Their denominators count as at least `POLE_GUARD` in magnitude."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atom import POLE_GUARD, Atom, Interval, Range, away_from_zero, guarded, plus, shifted

Coefficient = Annotated[float, Range(-10, 10, 0.1)]


class Reciprocal(Atom):
    """A hyperbola."""

    atom: Literal["reciprocal"] = "reciprocal"
    scale: Annotated[float, Range(-30, 30, 0.1)]
    location: Annotated[float, Range(-30, 30)]
    offset: Annotated[float, Range(-30, 30)]

    def evaluate(self, x: FloatArray) -> FloatArray:
        """`scale / (x - location) + offset`, the denominator guarded."""
        return self.scale / away_from_zero(x - self.location) + self.offset

    def formula(self) -> str:
        """As code."""
        return f"{self.scale!r} / {guarded(shifted(self.location))}{plus(self.offset)}"

    def words(self) -> str:
        """In words."""
        return (
            f"a scaled reciprocal: {self.scale!r} divided by (x - location) with location {self.location!r}, "
            f"offset by {self.offset!r} (a denominator nearer to 0 than {POLE_GUARD} counts as {POLE_GUARD}, its sign "
            f"kept)"
        )

    def regions(self) -> dict[str, tuple[Interval, ...]]:
        """Both sides of the pole."""
        return {
            "both sides of the pole": (
                (self.location - 3, self.location - 0.05),
                (self.location + 0.05, self.location + 3),
            )
        }


class Rational(Atom):
    """A ratio of two lines, (a x + b) / (c x + d)."""

    atom: Literal["rational"] = "rational"
    a: Coefficient
    b: Coefficient
    c: Coefficient
    d: Coefficient

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Coefficients within +-10; never a constant in disguise (a d = b c)."""
        while True:
            drawn = super().draw(rng)
            if abs(drawn.a * drawn.d - drawn.b * drawn.c) > 1:
                return drawn

    def evaluate(self, x: FloatArray) -> FloatArray:
        """`(a x + b) / (c x + d)`, the denominator guarded."""
        return (self.a * x + self.b) / away_from_zero(self.c * x + self.d)

    def formula(self) -> str:
        """As code."""
        return f"({self.a!r} * x{plus(self.b)}) / {guarded(f'({self.c!r} * x{plus(self.d)})')}"

    def words(self) -> str:
        """In words."""
        return (
            f"a rational function: the ratio of the lines {self.a!r} * x{plus(self.b)} and {self.c!r} * x{plus(self.d)}"
            f" (a denominator nearer to 0 than {POLE_GUARD} counts as {POLE_GUARD}, its sign kept)"
        )

    def regions(self) -> dict[str, tuple[Interval, ...]]:
        """Both sides of the pole."""
        pole = -self.d / self.c
        return {"both sides of the pole": ((pole - 3, pole - 0.05), (pole + 0.05, pole + 3))}
