"""Numeric functions: atoms, sums and products, with noise, a corrupted region, or a network in the formula's place."""

from findbench.functions.numeric.atom import Atom, Range
from findbench.functions.numeric.function import NumericFunction, scale, tolerance
from findbench.functions.numeric.generate import generate
from findbench.functions.numeric.soundness import problems, twins
from findbench.functions.numeric.spec import NumericSpec

__all__ = [
    "Atom",
    "NumericFunction",
    "NumericSpec",
    "Range",
    "generate",
    "problems",
    "scale",
    "tolerance",
    "twins",
]
