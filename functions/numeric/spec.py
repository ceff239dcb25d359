"""The spec of a numeric function: one or two atoms, and at most one of noise, corruption, approximation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

import findbench.functions.numeric.atoms  # noqa: F401 - registers the atoms
from findbench.functions.base import FloatArray, Interval, Spec
from findbench.functions.numeric.atom import DOMAIN, AnyAtom, Place
from findbench.functions.numeric.network import Network
from findbench.functions.numeric.noise import NOISE_SD, Noise


class Corruption(Spec):
    """Where the output is N(mean, 0.1) instead: inside [low, high], above low, or below high."""

    where: Literal["inside", "above", "below"]
    low: float | None = None
    high: float | None = None
    mean: float
    """Mean of the uncorrupted function over the domain."""

    @model_validator(mode="after")
    def _bounds(self) -> Corruption:
        wanted = {"inside": (True, True), "above": (True, False), "below": (False, True)}[self.where]
        if wanted != (self.low is not None, self.high is not None):
            raise ValueError(f"a corruption {self.where} needs low: {wanted[0]}, high: {wanted[1]}")
        low, high = self.interval
        if not DOMAIN[0] <= low < high <= DOMAIN[1]:
            raise ValueError("a corrupted region must lie inside the domain")
        return self

    @property
    def interval(self) -> Interval:
        """The part of the domain that is corrupted."""
        return (DOMAIN[0] if self.low is None else self.low, DOMAIN[1] if self.high is None else self.high)

    def place(self) -> Place:
        """The corrupted region as a place of the function."""
        inside = self.where == "inside"
        name = "inside the corrupted interval" if inside else "beyond the cut"
        return Place(name, (self.interval,), bounded=inside, corrupted=True)

    def mask(self, x: Any) -> Any:
        """True where x, an array (of shape (n,)) or a number, is corrupted."""
        low, high = self.interval
        if self.where == "inside":
            return (x >= low) & (x <= high)
        return x > low if self.where == "above" else x < high


class NumericSpec(Spec):
    """A numeric function as data."""

    terms: Annotated[tuple[AnyAtom, ...], Field(min_length=1, max_length=2)]
    operator: Literal["+", "*"] | None = None
    noise: Noise | None = None
    corruption: Corruption | None = None
    network: Network | None = None
    """Computes the function in place of the formula, which it approximates."""

    @model_validator(mode="after")
    def _consistent(self) -> NumericSpec:
        if (len(self.terms) == 2) != (self.operator is not None):
            raise ValueError("two terms need an operator, one term has none")
        if (self.noise is not None) + (self.corruption is not None) + (self.network is not None) > 1:
            raise ValueError("at most one of noise, corruption and network")
        return self

    @property
    def family(self) -> str:
        """Names of the atoms joined by the operator, sorted: `sine`, `sine*step`."""
        return (self.operator or "").join(sorted(term.name() for term in self.terms))

    @property
    def variant(self) -> Literal["clean", "noise", "corruption", "approximation"]:
        """The one deviation from the formula."""
        if self.noise is not None:
            return "noise"
        if self.corruption is not None:
            return "corruption"
        return "clean" if self.network is None else "approximation"

    @property
    def noise_sd(self) -> float:
        """Standard deviation of the declared noise outside a corrupted region, 0 without."""
        return 0.0 if self.noise is None else NOISE_SD[self.noise]

    def formula_values(self, x: FloatArray) -> FloatArray:
        """Values of the formula: no noise, no corruption, no network."""
        combined: FloatArray = self._combined(x)
        return combined

    def _combined(self, x: Any) -> Any:
        values = self.terms[0].evaluate(x)
        if self.operator == "+":
            return values + self.terms[1].evaluate(x)
        if self.operator == "*":
            return values * self.terms[1].evaluate(x)
        return values

    def base_values(self, x: FloatArray) -> FloatArray:
        """Values of the formula or of the network in its place: no noise, no corruption."""
        return self.formula_values(x) if self.network is None else self.network.evaluate(x)

    def base_value(self, x: float) -> float:
        """The same of one number, with the same bits."""
        return float(self._combined(np.float64(x))) if self.network is None else self.network.evaluate_one(x)
