"""Any Python callable as a hidden function, with what is needed to study it and to score what was understood."""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

import numpy as np
from typing_extensions import override

from findbench.functions.base import (
    FloatArray,
    Function,
    Inputs,
    Interval,
    Mask,
    Outputs,
    Places,
    Region,
    Spec,
    input_key,
)
from findbench.functions.held_out import BESIDE_LEAST
from findbench.functions.kinds import KINDS
from findbench.functions.numeric.asked import PARTS, spread
from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.noise import standard_normal
from findbench.functions.strings.inputs import text
from findbench.functions.tolerance import QUERIES, noise_floor, relative_tolerance, robust_scale

Sampler = Callable[[np.random.Generator, int], Sequence[Any] | FloatArray]
"""(generator, n) -> n inputs as plain values or as a batch: equal generator state, equal inputs."""

ASKED = 1024
"""Inputs drawn from a sampler or a sequence for what submitted code is asked."""
LISTED = 256
"""Inputs drawn for each region."""
SCALE_INPUTS = 1024
"""Inputs on which the size of the function's variation is taken."""
SPREAD = 10.0
"""Standard deviation of the elements of rows, where nothing says what the rows are."""


class CustomSpec(Spec):
    """What is known of a callable as data. It identifies the function, and no more: the callable itself is not data."""

    name: str
    source: str
    """Source text of the callable, or its qualified name where there is no source."""
    input_kind: str
    output_kind: str
    description: str
    noise: float


class _Place(ABC):
    """A region as a person gave it."""

    bounded = False

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def contains(self, inputs: Inputs) -> Mask:
        """Which of n inputs lie in it."""

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> list[Any]:
        """What to ask in it, as plain values."""


class _Between(_Place):
    """An interval of numbers."""

    bounded = True

    def __init__(self, name: str, interval: Interval, span: Interval) -> None:
        super().__init__(name)
        self._interval = interval
        margin = BESIDE_LEAST + interval[1] - interval[0]
        self._around = (max(span[0], interval[0] - margin), min(span[1], interval[1] + margin))

    @override
    def contains(self, inputs: Inputs) -> Mask:
        x = np.asarray(inputs, dtype=np.float64)
        return (x >= self._interval[0]) & (x <= self._interval[1])

    @override
    def draw(self, rng: np.random.Generator) -> list[Any]:
        """As many around it as in it, for what lies beside it is scored too."""
        return [x for part in (self._interval, self._around) for x in input_key(_within(part)(rng, LISTED))]


class _Listed(_Place):
    """Certain inputs."""

    def __init__(self, name: str, members: list[Any]) -> None:
        super().__init__(name)
        self._members = list(dict.fromkeys(members))

    @override
    def contains(self, inputs: Inputs) -> Mask:
        members = set(self._members)
        return np.array([x in members for x in input_key(inputs)], dtype=bool)

    @override
    def draw(self, rng: np.random.Generator) -> list[Any]:
        return [self._members[i] for i in rng.permutation(len(self._members))[:LISTED]]


class CustomFunction(Function):
    """A callable with its inputs; made by `Function.from_callable`, which explains the settings."""

    category: ClassVar[str] = "custom"
    least_reached: ClassVar[int] = 1
    """What a person names as a region is scored, however small."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        *,
        kind: str,
        output_kind: str,
        description: str,
        domain: str,
        code: str,
        name: str,
        inputs: Sampler | Sequence[Any] | None,
        regions: Mapping[str, Interval | Sampler | Sequence[Any]],
        interval: Interval | None,
        width: int | None,
        noise: float,
    ) -> None:
        _check(function, kind, output_kind, interval=interval, inputs=inputs, width=width, noise=noise)
        self._function = function
        self.input_kind = kind
        self.output_kind = output_kind
        self.interval = interval
        self._span = (interval or DOMAIN) if kind == "number" else None
        plain = re.sub(r"\W+", "_", name or getattr(function, "__name__", ""), flags=re.ASCII).strip("_") or "function"
        self.id = f"{self.category}/{plain}"
        self.family = self.category
        self.tags = ("noise",) if noise else ("clean",)
        self._noise = noise
        self._description, self._code = description, code
        self._domain = domain or self._domain_words()
        self._inputs = self._sampler(inputs) if inputs is not None else self._default_sampler(width)
        self._even = inputs is None and kind == "number"
        self._places = [self._place(region, where) for region, where in regions.items()]
        self._scale: float | None = None
        self.spec: CustomSpec = CustomSpec(
            name=plain,
            source=_source(function),
            input_kind=kind,
            output_kind=output_kind,
            description=description,
            noise=noise,
        )

    # -- values -----------------------------------------------------------------------------------------------------
    @override
    def target(self, inputs: Inputs) -> Outputs:
        """Raises ValueError when the callable gives something else than its kind."""
        answers = []
        for x in inputs:
            given = float(x) if self.input_kind == "number" else x
            answers.append(self._checked(given, self._function(given)))
        return KINDS[self.output_kind].batch(answers)

    def _checked(self, given: Any, answer: Any) -> Any:
        if self.output_kind == "text":
            sound = isinstance(answer, str)
        else:
            try:
                answer = np.asarray(answer, dtype=np.float64)
            except (TypeError, ValueError):
                answer = np.asarray(np.nan)
            sound = answer.ndim == (self.output_kind == "row") and bool(np.isfinite(answer).all())
        if not sound:
            raise ValueError(f"the callable of {self.id} returned no finite {self.output_kind} for {given!r}")
        return answer

    @override
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> Outputs:
        values = self.target(inputs)
        return np.asarray(values) + self._noise * standard_normal(uniforms) if self._noise else values

    @property
    @override
    def stochastic(self) -> bool:
        return self._noise > 0

    # -- ground truth -------------------------------------------------------------------------------------------------
    @property
    @override
    def description(self) -> str:
        """Empty when none was given."""
        return self._description

    @property
    @override
    def domain(self) -> str:
        return self._domain

    @property
    @override
    def reference_code(self) -> str:
        """Empty when none was given."""
        return self._code

    @override
    def tolerance(self, targets: Outputs, queries: int = QUERIES) -> FloatArray:
        """As for numeric functions, with a scale from inputs of the function's own; for a row the largest element
        counts as its size. Texts must be right to the letter."""
        if KINDS[self.output_kind].exact:
            return super().tolerance(targets, queries)
        if self._scale is None:
            self._scale = robust_scale(_elements(self.target(self._inputs(np.random.default_rng(0), SCALE_INPUTS))))
        sizes = np.array([np.abs(target).max(initial=0.0) for target in map(np.atleast_1d, targets)])
        return np.maximum(relative_tolerance(sizes, self._scale), noise_floor(self._noise, queries))

    # -- inputs -----------------------------------------------------------------------------------------------------
    @override
    def exemplars(self, rng: np.random.Generator, n: int) -> Inputs:
        """Inputs like any others: nothing says which ones show the function off."""
        return self._inputs(rng, n)

    @override
    def asked(self, rng: np.random.Generator) -> Inputs:
        """Different inputs from the function's own source, and more in and beside its regions."""
        drawn = input_key(self._inputs(rng, PARTS if self._even else ASKED))
        for place in self._places:
            drawn += place.draw(rng)
        return KINDS[self.input_kind].batch(list(dict.fromkeys(drawn)))

    @override
    def choose(self, rng: np.random.Generator, inputs: Inputs, n: int) -> Places:
        """By chance; numbers that are spread over an interval evenly."""
        return spread(rng, np.asarray(inputs, dtype=np.float64), n) if self._even else super().choose(rng, inputs, n)

    @override
    def regions(self) -> list[Region]:
        return [Region(place.name, place.contains, bounded=place.bounded) for place in self._places]

    @override
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """None: nothing says what could be changed."""
        return []

    def _sampler(self, source: Sampler | Sequence[Any]) -> Callable[[np.random.Generator, int], Inputs]:
        """Draws batches from a sampler, or from a sequence: different ones as long as there are any."""
        batch = KINDS[self.input_kind].batch
        if callable(source):
            return lambda rng, n: batch(list(source(rng, n)))
        pool = list(source)

        def draw(rng: np.random.Generator, n: int) -> Inputs:
            rounds = -(-n // len(pool))
            return batch([pool[i] for i in np.concatenate([rng.permutation(len(pool)) for _ in range(rounds)])[:n]])

        return draw

    def _default_sampler(self, width: int | None) -> Callable[[np.random.Generator, int], Inputs]:
        if self._span is not None:
            return _within(self._span)
        if self.input_kind == "text":
            return _texts
        return lambda rng, n: list(SPREAD * rng.standard_normal((n, width or 1)))

    def _place(self, name: str, where: Interval | Sampler | Sequence[Any]) -> _Place:
        if _is_interval(where, self.input_kind):
            low, high = map(float, where)  # type: ignore[arg-type]  # just found to be an interval
            return _Between(name, (low, high), self._span or DOMAIN)
        if callable(where):  # it cannot tell whether an input is of it, so that some are drawn once and for all
            where = list(where(np.random.default_rng(0), LISTED))
        return _Listed(name, input_key(KINDS[self.input_kind].batch(list(where))))

    def _domain_words(self) -> str:
        if self._span is not None:
            return f"A number from {self._span[0]:g} to {self._span[1]:g}."
        return f"A {self.input_kind}."


def _within(interval: Interval) -> Callable[[np.random.Generator, int], Inputs]:
    """Numbers of an interval, one in each of n equal parts of it, in random order."""
    low, high = interval
    return lambda rng, n: rng.permutation(low + (high - low) * (np.arange(n) + rng.random(n)) / max(n, 1))


def _texts(rng: np.random.Generator, n: int) -> Inputs:
    random = Random(int(rng.integers(2**63)))
    return [text(random) for _ in range(n)]


def _is_interval(where: object, kind: str) -> bool:
    return kind == "number" and isinstance(where, tuple) and len(where) == 2 and where[0] < where[1]


def _elements(outputs: Outputs) -> FloatArray:
    """All numbers in a batch of numbers or rows, shape (m,)."""
    return np.concatenate([np.atleast_1d(np.asarray(y, dtype=np.float64)) for y in outputs])


def _source(function: Callable[[Any], Any]) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return getattr(function, "__qualname__", type(function).__qualname__)


def _check(
    function: object,
    kind: str,
    output_kind: str,
    *,
    interval: Interval | None,
    inputs: object,
    width: int | None,
    noise: float,
) -> None:
    """Raises ValueError, one line, for what does not fit together."""
    if not callable(function):
        raise ValueError(f"a hidden function needs a callable, not {function!r}")
    for name in (kind, output_kind):
        if name not in KINDS:
            raise ValueError(f"there is no kind {name!r} of inputs and outputs: choose one of {', '.join(KINDS)}")
    if interval is not None and (kind != "number" or not interval[0] < interval[1]):
        raise ValueError(f"an interval is two ascending numbers, and for inputs that are numbers: {interval!r} is not")
    if kind == "row" and inputs is None and not (width and width > 0):
        raise ValueError("rows need either a width, which is at least 1, or inputs to draw from")
    if inputs is not None and not callable(inputs) and not (isinstance(inputs, (Sequence, np.ndarray)) and len(inputs)):
        raise ValueError("inputs are a sequence with something in it, or a sampler (generator, n) -> n inputs")
    if noise < 0 or (noise and output_kind != "number"):
        raise ValueError("noise is a standard deviation, at least 0, of what is added to outputs that are numbers")
