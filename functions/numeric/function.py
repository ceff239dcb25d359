"""A numeric function: everything derived from a `NumericSpec`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from findbench.functions.base import Category, FloatArray, Function, Inputs, Kind
from findbench.functions.numeric.atom import INPUT_LIMIT
from findbench.functions.numeric.describe import describe, domain_words, reference_code
from findbench.functions.numeric.mutate import near_misses
from findbench.functions.numeric.noise import CORRUPTION_SD, NOISE_SD, draw_noise, standard_normal
from findbench.functions.numeric.rounding import round_mantissa
from findbench.functions.numeric.samplers import exemplar_inputs, region_inputs, region_intervals, spread
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.numeric.tolerance import spec_scale, spec_tolerance, target_values


class NumericFunction(Function):
    """Maps a finite float to a finite float; inputs beyond +-1e9 count as +-1e9."""

    category: ClassVar[Category] = "numeric"
    input_kind: ClassVar[Kind] = "number"
    output_kind: ClassVar[Kind] = "number"

    def __init__(self, id: str, spec: NumericSpec) -> None:
        self.id = id
        self.spec: NumericSpec = spec
        self.family = spec.family
        self.tags = tuple(sorted({spec.variant, *(["composition"] if spec.operator else [])}))

    def sample(self, inputs: Inputs, uniforms: FloatArray) -> FloatArray:
        """Observe: float64 (n,) and uniforms (n,) -> float64 (n,), each element a function of its own pair only."""
        x = self._clipped(inputs)
        values = self.spec.base_values(x)
        hole = self.spec.corruption
        if hole is not None:
            mask = hole.mask(x)
            if mask.any():
                values[mask] = hole.mean + CORRUPTION_SD * standard_normal(uniforms[mask])
        elif self.spec.noise is not None:
            values = values + draw_noise(self.spec.noise, uniforms)
        return round_mantissa(values)

    def target(self, inputs: Inputs) -> FloatArray:
        """The noise-free values, rounded like observations."""
        return round_mantissa(target_values(self.spec, self._clipped(inputs)))

    @staticmethod
    def _clipped(inputs: Inputs) -> FloatArray:
        x = np.ascontiguousarray(inputs, dtype=np.float64)
        return np.minimum(np.maximum(x, -INPUT_LIMIT), INPUT_LIMIT)

    @property
    def description(self) -> str:
        """Complete description in plain English."""
        return describe(self.spec)

    @property
    def behaviour(self) -> str:
        """The description; where a network stands in, of the formula that it follows within the scoring tolerance."""
        return describe(self.spec.model_copy(update={"network": None}))

    @property
    def domain(self) -> str:
        """The input domain in one sentence."""
        return domain_words()

    @property
    def reference_code(self) -> str:
        """`predict(x)`; where a network stands in, of the formula it approximates (within half of the tolerance)."""
        return reference_code(self.spec)

    def exemplars(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` inputs in ascending order, half of them in the local regions."""
        return exemplar_inputs(rng, self.spec, n)

    def held_out(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` random inputs spread over the domain, never on FIND's grid k + 0.5."""
        return spread(rng, n)

    def local_regions(self, rng: np.random.Generator, n: int) -> dict[str, Inputs]:
        """Region name -> n random inputs inside it."""
        return {name: region_inputs(rng, parts, n) for name, parts in region_intervals(self.spec).items()}

    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """Up to `n` near misses, each beyond the scoring tolerance on some held-out input."""
        return [NumericFunction(f"{self.id}~{i}", spec) for i, spec in enumerate(near_misses(rng, self.spec, n))]

    @property
    def stochastic(self) -> bool:
        """Only noise and corruption draw."""
        return self.spec.noise is not None or self.spec.corruption is not None

    @property
    def noise_sd(self) -> float:
        """Standard deviation of the declared noise outside a corrupted region."""
        return 0.0 if self.spec.noise is None else NOISE_SD[self.spec.noise]


def scale(function: Function) -> float:
    """Robust size of a numeric function's variation over the domain (see `tolerance.spec_scale`); 0 for a constant."""
    return spec_scale(_numeric(function).spec)


def tolerance(function: Function, targets: FloatArray) -> FloatArray:
    """Largest |prediction - target| that counts as right: max(5 % of |target|, 5 % of `scale`); shape of `targets`."""
    return spec_tolerance(_numeric(function).spec, targets)


def _numeric(function: Function) -> NumericFunction:
    if not isinstance(function, NumericFunction):
        raise TypeError(f"{function.id} is not a numeric function")
    return function
