"""What a hidden function is: the one interface that the oracle, the scoring, the audit and the report rely on."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from findbench.functions.kinds import KINDS, FloatArray, Inputs, Mask, Outputs, Values

if TYPE_CHECKING:
    from findbench.functions.custom import CustomFunction, Sampler

__all__ = ["FloatArray", "Function", "Inputs", "Interval", "Mask", "Outputs", "Region", "Spec", "Values"]

Interval = tuple[float, float]
"""Lowest and highest number, both included."""


class Spec(BaseModel):
    """Base of every spec: frozen, strict data. Everything about a function derives from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Region:
    """A part of the input space where something local happens, with held-out inputs in it."""

    name: str
    """Unique among the regions of a function; what a person reads in a score."""
    inputs: Inputs
    bounded: bool = False
    """It is an interval of numbers with true borders on both sides. Inputs beside it are then held out too: only there
    it shows when the interval was taken for a wider one."""
    corrupted: bool = False
    """The output in it has nothing to do with the function elsewhere."""


class Function(ABC):
    """A hidden function with its ground truth. Implementations hold a `Spec` and derive everything else from it."""

    category: ClassVar[str]
    """Name of the function's category, and the first part of its id."""
    input_kind: str
    """Key of `findbench.functions.kinds.KINDS`."""
    output_kind: str
    """Key of `findbench.functions.kinds.KINDS`."""

    interval: Interval | None = None
    """Where a function of one number is studied and scored; None for other inputs."""
    output_range: ClassVar[Interval | None] = None
    """Every output number lies in it; None: any finite number."""
    in_find: ClassVar[bool] = False
    """FIND has functions of this category, so that its own measures stand beside the scores."""
    active_from: ClassVar[float | None] = None
    """From this output on the function responds to an input. Where it is set, code is scored by how well it ranks the
    inputs that the function responds to before the others (AUC), and not by the share of outputs that are right."""
    held_out_inputs: ClassVar[int] = 256
    """Global inputs that submitted code is asked for."""
    region_inputs: ClassVar[int] = 64
    """Inputs in each region that submitted code is asked for."""

    id: str
    """`<category>/<four digits>`, the address inside a suite. Says nothing about the function."""
    spec: Spec
    tags: tuple[str, ...]
    """Sorted variant labels: of `clean`, `noise`, `corruption`, `approximation`, `composition`, `sub-domain`, ..."""
    family: str
    """The generating family for break-down tables, for instance `linear` or `sine*step` or `reverse+vowels`."""

    @staticmethod
    def from_callable(
        function: Callable[[Any], Any],
        *,
        kind: str = "number",
        output_kind: str | None = None,
        description: str = "",
        domain: str = "",
        code: str = "",
        name: str = "",
        inputs: Sampler | Sequence[Any] | None = None,
        regions: Mapping[str, Interval | Sampler | Sequence[Any]] | None = None,
        interval: Interval | None = None,
        width: int | None = None,
        noise: float = 0.0,
    ) -> CustomFunction:
        """Any Python callable as a hidden function. It stays on the host and is called once per input.

        `kind`, `output_kind`: `number`, `text` or `row`; outputs are of the kind of the inputs unless it is given. The
        callable gets a float, a str, or a float64 array of one dimension, and returns a finite number, a str, or a
        sequence of finite numbers.
        `description`, `domain`, `code`: the ground truth in words and as Python that defines `predict(x)`. Without a
        description no description is scored.
        `name`: the function's id is `custom/<name>`; without it the callable's own.
        `inputs`: where held-out inputs come from: a sequence to choose from, or a sampler `(generator, n) -> n inputs`.
        Without it numbers are spread over `interval` (default -128 to 128), texts are words, phrases and symbols, and
        rows are of `width` normal numbers.
        `regions`: name -> where something local happens, as an interval of numbers (lowest, highest) or like `inputs`.
        `noise`: standard deviation of normal noise on each observed number.
        Raises ValueError for settings that do not fit together.
        """
        from findbench.functions.custom import CustomFunction  # it is a subclass of this class

        return CustomFunction(
            function,
            kind=kind,
            output_kind=output_kind or kind,
            description=description,
            domain=domain,
            code=code,
            name=name,
            inputs=inputs,
            regions=regions or {},
            interval=interval,
            width=width,
            noise=noise,
        )

    # -- what the oracle serves ------------------------------------------------------------------------------------
    @abstractmethod
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> Outputs:
        """Observe the function once per input. `uniforms`: one U(0,1) variate per input, the only source of noise
        (functions without noise ignore it). Pure: equal arguments give equal outputs, whatever the batching."""

    @property
    def stochastic(self) -> bool:
        """Whether `sample` looks at its uniforms; where it does not, the oracle need not draw them."""
        return True

    # -- ground truth ----------------------------------------------------------------------------------------------
    @abstractmethod
    def target(self, inputs: Inputs) -> Outputs:
        """The noise-free value; in a corrupted region its mean. What scores compare with."""

    @property
    @abstractmethod
    def description(self) -> str:
        """Complete description in plain English, with parameters, domain and every exception."""

    @property
    def behaviour(self) -> str:
        """The description without what no experiment can show (how values come about): what judges compare with."""
        return self.description

    @property
    @abstractmethod
    def domain(self) -> str:
        """The input domain in one sentence."""

    @property
    @abstractmethod
    def reference_code(self) -> str:
        """Self-contained Python (stdlib and numpy) that defines `predict(x)`: what a perfect interpreter submits."""

    def ideal(self) -> Function:
        """The function that the description names first: without corrupted regions, and without an approximation in a
        formula's place. Itself where there is neither."""
        return self

    @property
    def form(self) -> str:
        """Its form without parameters, for those that may know it: what is told to an interpreter that needs it."""
        return self.family

    # -- what is right -----------------------------------------------------------------------------------------------
    def tolerance(self, targets: Outputs) -> FloatArray:
        """Largest error (see `Kind.errors`) at which an answer is still the same as its target: float64 of shape (n,),
        for n targets. 0 unless a function of numbers says otherwise."""
        return np.zeros(len(targets))

    def is_correct(self, targets: Outputs, outputs: Values) -> Mask:
        """Which of n answers count as right: bool of shape (n,). An answer that is missing (None), not finite or of
        another kind than the target is wrong."""
        return KINDS[self.output_kind].errors(targets, outputs) <= self.tolerance(targets)

    @property
    def code_error(self) -> float:
        """By what share of the tolerance the reference code may miss the target; 0 but for rounding."""
        return 0.0

    # -- samplers: equal generator state, equal draw -----------------------------------------------------------------
    @abstractmethod
    def exemplars(self, rng: np.random.Generator, n: int) -> Inputs:
        """Inputs that show the function off (for `milan` and the nearest-exemplar baseline)."""

    @abstractmethod
    def held_out(self, rng: np.random.Generator, n: int) -> Inputs:
        """`n` held-out *global* inputs over the whole domain, never the public grid of FIND."""

    @abstractmethod
    def regions(self, rng: np.random.Generator, n: int) -> list[Region]:
        """The regions, with about `n` held-out inputs in each; [] when nothing local happens."""

    @abstractmethod
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """Up to `n` functions with one thing changed each; every one differs on some held-out input."""

    # -- identity ----------------------------------------------------------------------------------------------------
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the spec: the function's identity, and part of its noise's key (never leaves the host)."""
        return hashlib.sha256(self.spec.model_dump_json().encode()).hexdigest()

    def __repr__(self) -> str:  # never the spec: a repr may end in a log beside model output
        return f"<{type(self).__name__} {self.id}>"


def input_key(inputs: Inputs) -> list[Any]:
    """The batch as plain, hashable Python values: floats, strings, or tuples of floats (for JSON and for sets)."""
    if isinstance(inputs, np.ndarray) and inputs.ndim == 1:
        numbers: list[float] = inputs.tolist()
        return numbers
    return [item if isinstance(item, str) else tuple(np.asarray(item, dtype=np.float64).tolist()) for item in inputs]
