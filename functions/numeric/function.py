"""A numeric function: everything derived from a `NumericSpec`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from typing_extensions import override

from findbench.functions.base import FloatArray, Function, Inputs, Outputs, Places, Region
from findbench.functions.numeric.asked import PUBLIC_GRID, asked, beyond, spread
from findbench.functions.numeric.atom import DOMAIN, INPUT_LIMIT
from findbench.functions.numeric.describe import describe, domain_words, reference_code
from findbench.functions.numeric.form import Form
from findbench.functions.numeric.mutate import mutant_specs
from findbench.functions.numeric.noise import (
    CORRUPTION_SD,
    draw_noise,
    draw_one_noise,
    one_standard_normal,
    standard_normal,
)
from findbench.functions.numeric.rounding import round_mantissa, round_one_mantissa
from findbench.functions.numeric.samplers import exemplar_inputs, spec_borders, spec_places
from findbench.functions.numeric.tolerance import spec_noise_floor, spec_tolerance, target_values
from findbench.functions.tolerance import QUERIES

if TYPE_CHECKING:
    from findbench.functions.numeric.spec import NumericSpec


class NumericFunction(Function):
    """Maps a finite float to a finite float; inputs beyond +-1e9 count as +-1e9."""

    category: ClassVar[str] = "numeric"
    input_kind = "number"
    output_kind = "number"
    interval = DOMAIN
    in_find: ClassVar[bool] = True

    def __init__(self, id: str, spec: NumericSpec) -> None:
        self.id = id
        self.spec: NumericSpec = spec
        self.family = spec.family
        self.tags = tuple(sorted({spec.variant, *(["composition"] if spec.operator else [])}))
        self.scores_beyond = spec.network is None  # a network follows its formula on the domain only

    @override
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> FloatArray:
        """Each element of the result is a function of its own input and uniform only."""
        if len(inputs) == 1:
            return np.array([self._sample_one(float(inputs[0]), float(uniforms[0]))])
        x = self._clipped(inputs)
        values = self.spec.base_values(x)
        corruption = self.spec.corruption
        if corruption is not None:
            # For every input, whether it lies inside or not: what a call takes must not tell.
            scattered = corruption.mean + CORRUPTION_SD * standard_normal(uniforms)
            values = np.where(corruption.mask(x), scattered, values)
        elif self.spec.noise is not None:
            values = values + draw_noise(self.spec.noise, uniforms)
        return round_mantissa(values)

    def _sample_one(self, x: float, uniform: float) -> float:
        """`sample` with numbers instead of arrays of one: the same bits, sooner, for `f` of one number waits for it."""
        x = min(max(x, -INPUT_LIMIT), INPUT_LIMIT)
        value = self.spec.base_value(x)
        corruption = self.spec.corruption
        if corruption is not None:
            scattered = corruption.mean + CORRUPTION_SD * one_standard_normal(uniform)
            value = scattered if corruption.mask(x) else value
        elif self.spec.noise is not None:
            value += draw_one_noise(self.spec.noise, uniform)
        return round_one_mantissa(value)

    @override
    def target(self, inputs: Inputs) -> FloatArray:
        """Rounded like observations."""
        return round_mantissa(target_values(self.spec, self._clipped(inputs)))

    @staticmethod
    def _clipped(inputs: Inputs) -> FloatArray:
        x = np.ascontiguousarray(inputs, dtype=np.float64)
        if x.min(initial=0.0) >= -INPUT_LIMIT and x.max(initial=0.0) <= INPUT_LIMIT:  # as nearly always
            return x
        return np.minimum(np.maximum(x, -INPUT_LIMIT), INPUT_LIMIT)

    @property
    @override
    def stochastic(self) -> bool:
        """Only noise and corruption draw."""
        return self.spec.noise is not None or self.spec.corruption is not None

    @property
    @override
    def description(self) -> str:
        return describe(self.spec)

    @property
    @override
    def behaviour(self) -> str:
        """Where a network stands in, of the formula that it follows within the scoring tolerance."""
        return describe(self.spec.model_copy(update={"network": None}))

    @property
    @override
    def domain(self) -> str:
        return domain_words()

    @property
    @override
    def reference_code(self) -> str:
        """Where a network stands in, of the formula that it approximates (within half of the tolerance)."""
        return reference_code(self.spec)

    @override
    def ideal(self) -> NumericFunction:
        return NumericFunction(self.id, self.spec.model_copy(update={"corruption": None, "network": None}))

    @property
    @override
    def form(self) -> str:
        """Atoms, operator and deviation: see `Form`."""
        return str(Form.of(self.spec))

    @override
    def tolerance(self, targets: Outputs, queries: int = QUERIES) -> FloatArray:
        """max(5 % of |target|, 5 % of the function's scale, what a fit to `queries` noisy observations may miss by)."""
        values = np.asarray(targets, dtype=np.float64)
        return np.maximum(spec_tolerance(self.spec, values), spec_noise_floor(self.spec, values, queries))

    @property
    @override
    def code_error(self) -> float:
        """A formula may miss its network by half of the tolerance; a little more, for other inputs are drawn here."""
        return 0.0 if self.spec.network is None else 0.6

    @override
    def exemplars(self, rng: np.random.Generator, n: int) -> FloatArray:
        """`n` inputs in ascending order, half of them in the regions."""
        return exemplar_inputs(rng, self.spec, n)

    @override
    def asked(self, rng: np.random.Generator) -> FloatArray:
        return asked(rng, self.subject)

    @override
    def beyond(self, rng: np.random.Generator) -> FloatArray:
        return beyond(rng)

    @override
    def public_grid(self) -> FloatArray:
        return PUBLIC_GRID

    @override
    def choose(self, rng: np.random.Generator, inputs: Inputs, n: int) -> Places:
        """Evenly over the domain."""
        return spread(rng, np.asarray(inputs, dtype=np.float64), n)

    @override
    def regions(self) -> list[Region]:
        return [
            Region(place.name, place.contains, bounded=place.bounded, corrupted=place.corrupted)
            for place in spec_places(self.spec)
        ]

    @override
    def borders(self) -> list[float]:
        """Of the corrupted region, and those jumps of the terms that it does not cover."""
        return spec_borders(self.spec)

    @override
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """Each is beyond the scoring tolerance on some held-out input."""
        return [NumericFunction(f"{self.id}~{i}", spec) for i, spec in enumerate(mutant_specs(rng, self.spec, n))]
