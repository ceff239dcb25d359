"""Numeric functions: atoms, sums and products, with noise, a corrupted region, or a network in the formula's place."""

from functions.numeric.atom import Atom, Range
from functions.numeric.function import NumericFunction, scale, tolerance
from functions.numeric.generate import generate
from functions.numeric.soundness import problems, twins
from functions.numeric.spec import NumericSpec

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
