"""Any Python callable as a hidden function, with what is needed to study it and to score what was understood."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

import numpy as np
from typing_extensions import override

from findbench.functions.base import FloatArray, Function, Inputs, Interval, Outputs, Region, Spec
from findbench.functions.kinds import KINDS
from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.noise import standard_normal
from findbench.functions.strings.inputs import text
from findbench.functions.tolerance import NOISE_FLOOR, relative_tolerance, robust_scale

Sampler = Callable[[np.random.Generator, int], Sequence[Any] | FloatArray]
"""(generator, n) -> n inputs as plain values or as a batch: equal generator state, equal inputs."""

SCALE_INPUTS = 1024
"""Held-out inputs on which the size of the function's variation is taken."""
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


class CustomFunction(Function):
    """A callable with its inputs; made by `Function.from_callable`, which explains the settings."""

    category: ClassVar[str] = "custom"

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
        if kind == "number":
            self.interval = interval or DOMAIN
        plain = re.sub(r"\W+", "_", name or getattr(function, "__name__", ""), flags=re.ASCII).strip("_") or "function"
        self.id = f"{self.category}/{plain}"
        self.family = self.category
        self.tags = ("noise",) if noise else ("clean",)
        self._noise = noise
        self._description, self._code = description, code
        self._domain = domain or self._domain_words()
        self._inputs = self._sampler(inputs) if inputs is not None else self._default_sampler(width)
        self._regions = {region: self._region_sampler(where) for region, where in regions.items()}
        self._bounded = {region for region, where in regions.items() if _is_interval(where, kind)}
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
    def tolerance(self, targets: Outputs) -> FloatArray:
        """As for numeric functions, with a scale from the function's own held-out inputs; for a row the largest element
        counts as its size. Texts must be right to the letter."""
        if KINDS[self.output_kind].exact:
            return super().tolerance(targets)
        if self._scale is None:
            self._scale = robust_scale(_elements(self.target(self.held_out(np.random.default_rng(0), SCALE_INPUTS))))
        sizes = np.array([np.abs(target).max(initial=0.0) for target in map(np.atleast_1d, targets)])
        return np.maximum(relative_tolerance(sizes, self._scale), NOISE_FLOOR * self._noise)

    # -- inputs -----------------------------------------------------------------------------------------------------
    @override
    def held_out(self, rng: np.random.Generator, n: int) -> Inputs:
        return self._inputs(rng, n)

    @override
    def exemplars(self, rng: np.random.Generator, n: int) -> Inputs:
        """Held-out inputs like any others: nothing says which ones show the function off."""
        return self._inputs(rng, n)

    @override
    def regions(self, rng: np.random.Generator, n: int) -> list[Region]:
        return [Region(name, draw(rng, n), bounded=name in self._bounded) for name, draw in self._regions.items()]

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
        if self.interval is not None:
            return _within(self.interval)
        if self.input_kind == "text":
            return _texts
        return lambda rng, n: list(SPREAD * rng.standard_normal((n, width or 1)))

    def _region_sampler(
        self, where: Interval | Sampler | Sequence[Any]
    ) -> Callable[[np.random.Generator, int], Inputs]:
        if _is_interval(where, self.input_kind):
            low, high = where  # type: ignore[misc]  # just found to be an interval
            return _within((float(low), float(high)))
        return self._sampler(where)

    def _domain_words(self) -> str:
        if self.interval is not None:
            return f"A number from {self.interval[0]:g} to {self.interval[1]:g}."
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
