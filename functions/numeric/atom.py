"""What an atom is: one family of numeric functions with its parameters, formula, words, code and places of interest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny

from findbench.functions.base import FloatArray, Inputs, Interval, Mask, Spec

DOMAIN: Interval = (-128.0, 128.0)
"""Where functions are studied and scored (FIND)."""
INPUT_LIMIT = 1e9
"""Larger inputs count as this: keeps a product of two quintics (1e91) finite for every finite input."""
POLE_GUARD = 0.001
"""Smallest magnitude of a denominator or of a logarithm's argument (sign kept): no infinity at a pole."""


@dataclass(frozen=True)
class Place:
    """Where something local happens in a function: one or several intervals, which may reach beyond the domain."""

    name: str
    intervals: tuple[Interval, ...]
    bounded: bool = False
    """It is one interval with true borders on both sides (see `Region.bounded`)."""
    corrupted: bool = False

    def contains(self, inputs: Inputs) -> Mask:
        """Which of n inputs lie in one of the intervals, bool of shape (n,)."""
        x = np.asarray(inputs, dtype=np.float64)
        inside = np.zeros(x.shape, dtype=bool)
        for low, high in self.intervals:
            inside |= (x >= low) & (x <= high)
        return inside


@dataclass(frozen=True)
class Range:
    """Where a parameter is drawn from: uniform on [low, high], one decimal, at least `least` in magnitude."""

    low: float
    high: float
    least: float = 0.0

    def draw(self, rng: np.random.Generator) -> float:
        """One value."""
        while True:
            value = round(float(rng.uniform(self.low, self.high)), 1) + 0.0  # + 0.0: no negative zero in specs
            if abs(value) >= self.least and self.low <= value <= self.high:
                return value


class Atom(Spec):
    """Base of the atoms. A subclass *is* its registration: define it, and generator, audit and documents cover it.

    A subclass declares `atom: Literal["name"] = "name"`, its parameters as fields annotated with a `Range`, and the
    methods below. Class settings: `alone` (may be a function of its own), `composes` (may be a term of a sum or
    product), `fits_network` (a small network can fit it), `mutates_to` (names of atoms with the same parameters that
    are mutants of it).
    """

    registry: ClassVar[dict[str, type[Atom]]] = {}
    alone: ClassVar[bool] = True
    composes: ClassVar[bool] = True
    fits_network: ClassVar[bool] = False
    mutates_to: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register the new atom under its name."""
        super().__pydantic_init_subclass__(**kwargs)
        if "atom" not in cls.model_fields:
            raise TypeError(f'{cls.__name__} needs a field `atom: Literal["name"] = "name"`')
        Atom.registry[cls.name()] = cls

    @classmethod
    def name(cls) -> str:
        """The atom's name, as in `family`."""
        return str(cls.model_fields["atom"].default)

    @classmethod
    def parameters(cls) -> dict[str, Range]:
        """Parameter name -> range, read from the annotations."""
        return {
            key: item for key, field in cls.model_fields.items() for item in field.metadata if isinstance(item, Range)
        }

    @classmethod
    def scale_and_offset(cls) -> tuple[str, str] | None:
        """The names of `s` and `o` if the atom is `s * shape(x) + o`, else None; told by how parameters are called.

        A fit solves for these two directly and searches only the others, so such an atom is also one that the
        scientist fits.
        """
        names = cls.parameters()
        scale = next((name for name in ("scale", "amplitude", "slope") if name in names), None)
        offset = next((name for name in ("offset", "intercept") if name in names), None)
        return (scale, offset) if scale and offset else None

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """A random member of the family."""
        return cls(**{key: chosen.draw(rng) for key, chosen in cls.parameters().items()})

    def evaluate(self, x: FloatArray) -> FloatArray:
        """Values for |x| <= `INPUT_LIMIT`; finite, and equal for an element whatever the batch around it."""
        raise NotImplementedError

    def formula(self) -> str:
        """The same as a Python expression in a scalar `x`, with the modules `math` at hand."""
        raise NotImplementedError

    def words(self) -> str:
        """What it is, in words with parameters: a noun phrase."""
        raise NotImplementedError

    def places(self) -> tuple[Place, ...]:
        """Where something happens that a global fit would miss."""
        return ()

    def borders(self) -> tuple[float, ...]:
        """Where the value jumps inside the domain."""
        return ()

    def cycle(self) -> float | None:
        """The length of one period; None when it has none."""
        return None

    def mutants(self, rng: np.random.Generator) -> list[Atom]:
        """Each parameter changed once (moved by a quarter to a half of its range or its sign flipped), and the atoms of
        `mutates_to` with the same parameters."""
        out: list[Atom] = []
        for key, chosen in self.parameters().items():
            old = float(getattr(self, key))
            shift = round(float(rng.uniform(0.25, 0.5)) * (chosen.high - chosen.low), 1)
            moves = (round(value, 1) + 0.0 for value in (old + shift, old - shift, chosen.high))
            new = next(v for v in moves if chosen.low <= v <= chosen.high and abs(v) >= chosen.least)
            if chosen.low < 0 < chosen.high and abs(old) >= 1 and rng.random() < 0.3:
                new = -old
            out.append(self.model_copy(update={key: new}))
        values = self.model_dump(exclude={"atom"})
        out.extend(Atom.registry[name](**values) for name in self.mutates_to)
        return out


def parse_atom(value: Any) -> Any:
    """Validate data into the registered atom that its `atom` field names (the union's discriminator)."""
    if isinstance(value, Mapping):
        name = value.get("atom")
        if name not in Atom.registry:
            raise ValueError(f"unknown atom {name!r}; known: {', '.join(sorted(Atom.registry))}")
        return Atom.registry[name].model_validate(value)
    return value


AnyAtom = Annotated[SerializeAsAny[Atom], BeforeValidator(parse_atom)]
"""Union of all registered atoms, discriminated by `atom`."""


# -- pieces that atoms share -----------------------------------------------------------------------------------------
def one_period(length: float) -> tuple[Place, ...]:
    """One period from zero, and one far out, where an inexact length shows."""
    return (
        Place("one period", ((0, length),)),
        Place("one period far out", ((DOMAIN[1] - length, DOMAIN[1]),)),
    )


def multiples(step: float) -> tuple[float, ...]:
    """The whole multiples of `step` strictly inside the domain."""
    most = int(np.ceil(DOMAIN[1] / step)) - 1
    return tuple(k * step for k in range(-most, most + 1))


def plus(value: float) -> str:
    """` + 3.1`, ` - 3.1`, or nothing for zero."""
    return "" if value == 0 else f" {'-' if value < 0 else '+'} {abs(value)!r}"


def shifted(location: float) -> str:
    """`(x - 3.1)`, or `x` for a location of zero."""
    return "x" if location == 0 else f"(x{plus(-location)})"


def distance(location: float) -> str:
    """`abs(x - 3.1)`."""
    return f"abs(x{plus(-location)})"


def guarded(expression: str) -> str:
    """Code for `expression` kept at least `POLE_GUARD` away from zero."""
    bare = expression.removeprefix("(").removesuffix(")")
    return f"math.copysign(max(abs({bare}), {POLE_GUARD}), {bare})"


def where(condition: Any, value: float, other: float) -> FloatArray:
    """As `np.where`, of an array's shape (n,), and sooner for one truth value, for which it gives a number."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, value, other)
    return value if condition else other  # type: ignore[return-value]


def larger(values: FloatArray, other: FloatArray | float) -> FloatArray:
    """As `np.maximum` of finite values, and sooner for one number."""
    return np.maximum(values, other) if isinstance(values, np.ndarray) else max(values, other)


def away_from_zero(values: FloatArray) -> FloatArray:
    """`values` with magnitudes of at least `POLE_GUARD`, signs kept."""
    sized = larger(np.abs(values), POLE_GUARD)
    return np.copysign(sized, values) if isinstance(values, np.ndarray) else math.copysign(sized, values)
