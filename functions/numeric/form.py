"""The form of a numeric function: which atoms, joined how, with which deviation; everything but the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from findbench.functions.numeric.atoms.polynomials import Polynomial

if TYPE_CHECKING:
    from findbench.functions.numeric.atom import Atom
    from findbench.functions.numeric.spec import NumericSpec

Operator = Literal["+", "*"]


class Form(NamedTuple):
    """As text: `polynomial 3*sine, corruption inside`."""

    atoms: tuple[str, ...]
    """Names of one or two atoms, sorted; a polynomial's with its degree: `polynomial 3`."""
    operator: Operator | None
    """What joins two of them."""
    deviation: str
    """`clean`, `approximation`, `noise` with its kind, or `corruption` with where it is (inside, above, below)."""

    @classmethod
    def of(cls, spec: NumericSpec) -> Form:
        """The form of a spec."""
        deviation: str = spec.variant
        if spec.noise is not None:
            deviation += f" {spec.noise}"
        if spec.corruption is not None:
            deviation += f" {spec.corruption.where}"
        return cls(tuple(sorted(_name(term) for term in spec.terms)), spec.operator, deviation)

    @classmethod
    def parse(cls, text: str) -> Form:
        """The inverse of `str`."""
        formula, _, deviation = text.partition(", ")
        for operator in ("+", "*"):
            if operator in formula:
                return cls(tuple(formula.split(operator)), operator, deviation)
        return cls((formula,), None, deviation)

    def __str__(self) -> str:
        """As in the examples above."""
        return f"{(self.operator or '').join(self.atoms)}, {self.deviation}"


def _name(atom: Atom) -> str:
    return f"{atom.name()} {atom.degree}" if isinstance(atom, Polynomial) else atom.name()
