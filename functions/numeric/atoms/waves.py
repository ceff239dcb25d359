"""Smooth periodic atoms: sine, cosine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from typing_extensions import override

from findbench.functions.numeric.atom import Atom, Place, Range, one_period, plus

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

Rate = Annotated[float, Range(0.1, 2 * math.pi)]


def _reduced(angle: FloatArray) -> FloatArray:
    """`angle` within one turn: numpy's vector loop leaves its fast path for large angles, which could tie an element's
    last bits to its neighbours in the batch."""
    return angle - (2 * math.pi) * np.rint(angle / (2 * math.pi))


class Sine(Atom):
    """A sine through its middle at zero."""

    mutates_to: ClassVar[tuple[str, ...]] = ("cosine",)
    atom: Literal["sine"] = "sine"
    amplitude: Annotated[float, Range(-10, 10, 0.1)]
    rate: Rate
    offset: Annotated[float, Range(-30, 30)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`amplitude sin(rate x) + offset`."""
        return self.amplitude * np.sin(_reduced(self.rate * x)) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.amplitude!r} * math.sin({self.rate!r} * x){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a sine wave of amplitude {self.amplitude!r} and angular rate {self.rate!r} "
            f"(period {2 * math.pi / self.rate:.3g}) around {self.offset!r}"
        )

    @override
    def cycle(self) -> float:
        return 2 * math.pi / self.rate

    @override
    def places(self) -> tuple[Place, ...]:
        return one_period(self.cycle())


class Cosine(Atom):
    """A cosine at its peak at zero."""

    mutates_to: ClassVar[tuple[str, ...]] = ("sine",)
    atom: Literal["cosine"] = "cosine"
    amplitude: Annotated[float, Range(-10, 10, 0.1)]
    rate: Rate
    offset: Annotated[float, Range(-30, 30)]

    @override
    def evaluate(self, x: FloatArray) -> FloatArray:
        """`amplitude cos(rate x) + offset`."""
        return self.amplitude * np.cos(_reduced(self.rate * x)) + self.offset

    @override
    def formula(self) -> str:
        return f"{self.amplitude!r} * math.cos({self.rate!r} * x){plus(self.offset)}"

    @override
    def words(self) -> str:
        return (
            f"a cosine wave of amplitude {self.amplitude!r} and angular rate {self.rate!r} "
            f"(period {2 * math.pi / self.rate:.3g}) around {self.offset!r}"
        )

    @override
    def cycle(self) -> float:
        return 2 * math.pi / self.rate

    @override
    def places(self) -> tuple[Place, ...]:
        return one_period(self.cycle())
