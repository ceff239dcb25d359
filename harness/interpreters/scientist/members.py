"""Members of a form: one or two families with inner parameters, or a polynomial, or a polynomial and a family.

For given inner parameters all else is linear: the columns of a member are what its linear coefficients belong to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from findbench.functions.numeric.atoms import polynomials
from findbench.functions.numeric.spec import NumericSpec
from findbench.harness.interpreters.scientist.families import Axis, Family, Theta

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.functions.numeric.atom import Atom
    from findbench.functions.numeric.form import Operator

Term = tuple[Family, Theta]
"""A family with its inner parameters."""


class Member(NamedTuple):
    """What is left to fit is linear, or a product of two linear factors."""

    terms: tuple[Term, ...]
    """None for a polynomial."""
    operator: Operator | None = None
    """None for one factor."""
    degree: int | None = None
    """Of the polynomial that stands before the term."""

    @property
    def axes(self) -> list[Axis]:
        """How its inner parameters are searched, one after the other."""
        return [axis for family, _ in self.terms for axis in family.axes.values()]

    @property
    def point(self) -> list[float]:
        """Its inner parameters, one after the other."""
        return [value for _, theta in self.terms for value in theta]

    def at(self, point: list[float]) -> Member:
        """The same with other inner parameters."""
        left = iter(point)
        return self._replace(terms=tuple((family, tuple(next(left) for _ in theta)) for family, theta in self.terms))

    @property
    def parameters(self) -> int:
        """How many are fitted, inner ones included. One scale of a product is free."""
        factors = [self.degree + 1] if self.degree is not None else []
        factors += [2] * len(self.terms)
        return sum(factors) - (len(factors) == 2) + len(self.point)

    def factors(self, x: FloatArray) -> list[FloatArray]:
        """The columns of each factor or summand, each of shape (n, its coefficients)."""
        powers = [] if self.degree is None else [x[:, None] ** np.arange(self.degree + 1)]
        return powers + [np.stack([family.shape(x, theta), np.ones_like(x)], axis=1) for family, theta in self.terms]

    def columns(self, x: FloatArray) -> FloatArray:
        """All columns: of a sum without the second constant, of a product each with each. Shape (n, k)."""
        first, *second = self.factors(x)
        if not second:
            return first
        if self.operator == "+":
            return np.hstack([first, second[0][:, :1]])
        return np.asarray((first[:, :, None] * second[0][:, None, :]).reshape(len(x), -1))

    def spec(self, coefficients: FloatArray) -> NumericSpec:
        """The function with these coefficients: of a sum as for `columns`, of a product those of each factor."""
        count = 2 if self.degree is None else self.degree + 1
        own, rest = coefficients[:count], coefficients[count:]
        atoms: list[Atom] = [] if self.degree is None else [_polynomial(own)]
        for family, theta in self.terms:
            scale, offset = own if not atoms else (rest[0], rest[1] if self.operator == "*" else 0.0)
            atoms.append(family.build(float(scale), float(offset), theta))
        return NumericSpec(terms=tuple(atoms), operator=self.operator)


def _polynomial(c: FloatArray) -> polynomials.Constant | polynomials.Linear | polynomials.Polynomial:
    if len(c) == 1:
        return polynomials.Constant(value=float(c[0]))
    if len(c) == 2:
        return polynomials.Linear(slope=float(c[1]), intercept=float(c[0]))
    return polynomials.Polynomial(coefficients=tuple(float(v) for v in c))
