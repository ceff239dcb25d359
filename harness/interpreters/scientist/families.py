"""The scientist's families of numeric functions: what may be fitted, and how the parameters of each are searched.

An atom that is `scale * shape(x; theta) + offset` is a family: for given inner parameters `theta` the rest is linear
least squares, so a search over `theta` is all that is left (variable projection, Golub & Pereyra 1973). Every such atom
of the registry is one, a newly added atom too: its shape is its own `evaluate`, and where no axis is given below, an
inner parameter is searched over the range that the atom declares for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from findbench.functions.numeric.atom import Atom, Range
from findbench.functions.numeric.atoms import bumps, edges, kinks, poles, polynomials, waves

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

Theta = tuple[float, ...]
"""Inner parameters of one family, in the order of its axes."""

GRID = 3000
"""About how many grid points a family gets whose axes are not given below."""


@dataclass(frozen=True)
class Axis:
    """How one inner parameter is searched: a coarse grid first, from which it is refined step by step."""

    values: tuple[float, ...]
    step: float
    """How far the parameter moves at first; steps shrink to `fine`."""
    fine: float = 0.1
    """Its resolution; parameters of the benchmark have one decimal."""
    least: float = -math.inf
    """Refinement does not go below this."""

    @classmethod
    def even(cls, low: float, high: float, step: float, *, fine: float = 0.1, least: float = -math.inf) -> Axis:
        """A grid from low to high, every `step`."""
        values = tuple(round(low + i * step, 4) for i in range(round((high - low) / step) + 1))
        return cls(values, step, fine, least)

    @classmethod
    def over(cls, drawn: Range, count: int) -> Axis:
        """A grid of about `count` points over the range that a parameter is drawn from."""
        step = max(round((drawn.high - drawn.low) / (count - 1), 1), 0.1)
        return cls.even(drawn.low, drawn.high, step, least=drawn.low / 2 if drawn.low > 0 else -math.inf)


@dataclass(frozen=True)
class Family:
    """How the scientist fits one atom."""

    atom: type[Atom]
    axes: dict[str, Axis]
    """Inner parameter -> how it is searched."""
    thinning: int = 3
    """When two families are combined, only every `thinning`-th grid point is tried."""

    @cached_property
    def grid(self) -> list[Theta]:
        """The points of the coarse search."""
        return list(product(*(axis.values for axis in self.axes.values())))

    def build(self, scale: float, offset: float, theta: Theta) -> Atom:
        """The term `scale * shape(x; theta) + offset`."""
        names = self.atom.scale_and_offset()
        assert names is not None
        return self.atom(**dict(zip((*names, *self.axes), (scale, offset, *theta), strict=True)))

    def shape(self, x: FloatArray, theta: Theta) -> FloatArray:
        """The shape at `x`, of the same length."""
        return self.build(1.0, 0.0, theta).evaluate(x)


_LOCATION = {"location": Axis.even(-30, 30, 0.5)}
_WIDTHS = (1.0, 1.5, 2.0, 3.0, 4.5, 6.5, 9.0)
_WIDTH = Axis(_WIDTHS, step=1.2, least=0.5)
_TREAD = {"width": Axis.even(1, 30, 0.1, least=0.5)}
_RATE = {"rate": Axis.even(0.1, 6.3, 0.1)}

TUNED = (
    Family(polynomials.Linear, {}),
    Family(kinks.Absolute, _LOCATION),
    Family(kinks.Root, _LOCATION),
    Family(kinks.Logarithm, _LOCATION),
    Family(kinks.Relu, {**_LOCATION, "leak": Axis.even(0, 0.3, 0.1)}, thinning=4),
    Family(edges.Step, {"location": Axis.even(-30, 30, 0.25)}),
    Family(bumps.Tanh, {**_LOCATION, "width": _WIDTH}, thinning=5),
    Family(bumps.Gaussian, {"mean": Axis.even(-50, 50, 0.5), "sd": _WIDTH}, thinning=9),
    Family(edges.Rectangle, {"start": Axis.even(-50, 50, 0.5), "width": Axis.even(1, 10, 0.5, least=0.5)}, thinning=21),
    Family(edges.SquareWave, {"period": Axis.even(2, 60, 0.1, least=0.5)}, thinning=4),
    Family(waves.Sine, _RATE),
    Family(waves.Cosine, _RATE),
    # A ratio of lines is a reciprocal too, and its pole -d / c has more decimals and lies anywhere in the domain.
    Family(poles.Reciprocal, {"location": Axis.even(-100, 100, 0.25, fine=1e-4)}, thinning=4),
    Family(edges.Ceil, _TREAD),
    Family(edges.Floor, _TREAD),
)
"""The families whose axes were chosen by hand: finer where a narrow shape would slip through an even grid."""


def families() -> list[Family]:
    """All families: those above, then every other registered atom of that form, with axes over its own ranges."""
    tuned = {family.atom for family in TUNED}
    return [
        *TUNED,
        *(_untuned(atom) for atom in Atom.registry.values() if atom not in tuned and atom.scale_and_offset()),
    ]


def _untuned(atom: type[Atom]) -> Family:
    inner = {name: drawn for name, drawn in atom.parameters().items() if name not in (atom.scale_and_offset() or ())}
    count = max(2, round(GRID ** (1 / max(1, len(inner)))))
    axes = {name: Axis.over(drawn, min(count, 600)) for name, drawn in inner.items()}
    thinning = max(3, math.prod(len(axis.values) for axis in axes.values()) // 200)
    return Family(atom, axes, thinning)


def rounded(value: float, decimals: int = 1) -> float:
    """The value with one decimal, without a negative zero; 0 when it is not finite."""
    return round(value, decimals) + 0.0 if math.isfinite(value) else 0.0
