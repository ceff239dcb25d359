"""Atoms that are polynomials: constant, linear, polynomial of degree 2 to 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field
from typing_extensions import override

from findbench.functions.numeric.atom import Atom, Range, plus

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray


class Constant(Atom):
    """The same value everywhere. Alone only: as a term it would hide in the other term's parameters."""

    composes: ClassVar[bool] = False
    atom: Literal["constant"] = "constant"
    value: Annotated[float, Range(-100, 100, 1)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`value`."""
        return 0.0 * x + self.value

    @override
    def formula(self) -> str:
        return repr(self.value)

    @override
    def words(self) -> str:
        return f"the constant {self.value!r}, whatever the input"


class Linear(Atom):
    """A straight line."""

    fits_network: ClassVar[bool] = True
    atom: Literal["linear"] = "linear"
    slope: Annotated[float, Range(-10, 10, 0.1)]
    intercept: Annotated[float, Range(-10, 10)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`slope x + intercept`."""
        return self.slope * x + self.intercept

    @override
    def formula(self) -> str:
        return f"{self.slope!r} * x{plus(self.intercept)}"

    @override
    def words(self) -> str:
        return f"a straight line with slope {self.slope!r} and intercept {self.intercept!r}"


class Polynomial(Atom):
    """A polynomial of degree 2 to 5; `coefficients[i]` belongs to x**i."""

    fits_network: ClassVar[bool] = True
    COEFFICIENT: ClassVar[Range] = Range(-5, 5)
    LEADING: ClassVar[Range] = Range(-5, 5, 0.1)
    atom: Literal["polynomial"] = "polynomial"
    coefficients: Annotated[tuple[float, ...], Field(min_length=3, max_length=6)]

    @classmethod
    @override
    def draw(cls, rng: np.random.Generator) -> Self:
        """Degree uniform on 2 to 5, coefficients within +-5."""
        degree = int(rng.integers(2, 6))
        return cls(coefficients=(*(cls.COEFFICIENT.draw(rng) for _ in range(degree)), cls.LEADING.draw(rng)))

    @property
    def degree(self) -> int:
        """Highest power."""
        return len(self.coefficients) - 1

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """By Horner's rule."""
        *lower, second, first = self.coefficients
        total = first * x + second
        for coefficient in reversed(lower):
            total *= x
            total += coefficient
        return total

    @override
    def formula(self) -> str:
        """As code, highest power first."""
        powers = ["", " * x", *(f" * x**{i}" for i in range(2, self.degree + 1))]
        text = f"{self.coefficients[-1]!r}{powers[-1]}"
        for i in range(self.degree - 1, -1, -1):
            if self.coefficients[i] != 0:
                text += plus(self.coefficients[i]) + powers[i]
        return text

    @override
    def words(self) -> str:
        return f"a polynomial of degree {self.degree}"

    @override
    def mutants(self, rng: np.random.Generator) -> list[Atom]:
        """Each coefficient changed once (the lower ones locally, around zero, only) and one degree less."""
        out: list[Atom] = []
        for i, old in enumerate(self.coefficients):
            new = round(old + (1 if old < 0 else -1) * float(rng.uniform(2, 5)), 1) or 1.0
            out.append(
                self.model_copy(update={"coefficients": (*self.coefficients[:i], new, *self.coefficients[i + 1 :])})
            )
        out.append(self.model_copy(update={"coefficients": (*self.coefficients[:-1], -self.coefficients[-1])}))
        if self.degree > 2 and self.coefficients[-2] != 0:
            out.append(self.model_copy(update={"coefficients": self.coefficients[:-1]}))
        return out
