"""What a hidden function is: the one interface that the oracle, the scoring, the audit and the report rely on."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from findbench.functions.kinds import KINDS, FloatArray, Inputs, Mask, Outputs, Places, Values
from findbench.functions.tolerance import QUERIES

if TYPE_CHECKING:
    from findbench.functions.custom import CustomFunction, Sampler

__all__ = ["FloatArray", "Function", "Inputs", "Interval", "Mask", "Outputs", "Places", "Region", "Spec", "Values"]

Interval = tuple[float, float]
"""Lowest and highest number, both included."""


class Spec(BaseModel):
    """Base of every spec: frozen, strict data. Everything about a function derives from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Region:
    """A part of the input space where something local happens."""

    name: str
    """Unique among the regions of a function; what a person reads in a score."""
    contains: Callable[[Inputs], Mask]
    """n inputs -> which of them lie in it, bool of shape (n,)."""
    bounded: bool = False
    """It is an interval of numbers with true borders on both sides. Inputs beside it are then scored too: only there
    it shows when the interval was taken for a wider one."""
    corrupted: bool = False
    """The output in it has nothing to do with the function elsewhere. Whoever misses it has missed the function, so
    that it is scored however few inputs reach it."""
    decides: bool = True
    """It counts for `pass` and `local`; otherwise its share is reported and no more."""


class Function(ABC):
    """A hidden function with its ground truth. Implementations hold a `Spec` and derive everything else from it."""

    category: ClassVar[str]
    """Name of the function's category, and the first part of its id."""
    input_kind: str
    """Key of `findbench.functions.kinds.KINDS`."""
    output_kind: str
    """Key of `findbench.functions.kinds.KINDS`."""

    interval: Interval | None = None
    """Where a function of one number may be queried; None: anywhere, and for other inputs."""
    longest_query: int | None = None
    """Most characters of a text that may be queried; None: any, and for other inputs."""
    scores_beyond: bool = True
    """Whether its outputs outside what may be queried follow from its description, so that they are scored."""
    output_range: ClassVar[Interval | None] = None
    """Every output number lies in it; None: any finite number."""
    in_find: ClassVar[bool] = False
    """FIND measures the code for functions of this category, so that its own measures stand beside the scores."""
    active_from: ClassVar[float | None] = None
    """From this output on the function responds to an input. Where it is set, code is scored by how well it ranks the
    inputs that the function responds to before the others (AUC), and not by the share of outputs that are right."""
    global_inputs: ClassVar[int] = 256
    """Global inputs that are scored, of all that submitted code is asked."""
    region_inputs: ClassVar[int] = 64
    """Most inputs in each region that are scored, of all that submitted code is asked."""
    least_reached: ClassVar[int] = 8
    """Asked inputs that must lie in a region for it to be scored, unless it is corrupted: of fewer, one that is wrong
    by accident would decide."""

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
        `inputs`: what submitted code is asked: a sequence to choose from, or a sampler `(generator, n) -> n inputs`.
        Without it numbers are spread over `interval` (default -128 to 128), texts are words, phrases and symbols, and
        rows are of `width` normal numbers.
        `interval`: where numbers may be queried; without it anywhere.
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

    @property
    def subject(self) -> str:
        """What the inputs are, in words, where a category has functions of several sorts (relations: `a country`),
        else "". It stands in the brief, and what submitted code is asked may depend on it."""
        return ""

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
    def tolerance(self, targets: Outputs, queries: int = QUERIES) -> FloatArray:  # noqa: ARG002 - overrides look at it
        """Largest error (see `Kind.errors`) at which an answer is still the same as its target: float64 of shape (n,),
        for n targets. 0 unless a function of numbers says otherwise.

        `queries`: how many noisy observations there could be. The fewer there were, the further a right answer may be
        off; functions without noise do not look at it."""
        return np.zeros(len(targets))

    def is_correct(self, targets: Outputs, outputs: Values, queries: int = QUERIES) -> Mask:
        """Which of n answers count as right: bool of shape (n,). An answer that is missing (None), not finite or of
        another kind than the target is wrong. `queries` as for `tolerance`."""
        return KINDS[self.output_kind].errors(targets, outputs) <= self.tolerance(targets, queries)

    @property
    def code_error(self) -> float:
        """By what share of the tolerance the reference code may miss the target; 0 but for rounding."""
        return 0.0

    # -- inputs: equal generator state, equal draw -------------------------------------------------------------------
    @abstractmethod
    def exemplars(self, rng: np.random.Generator, n: int) -> Inputs:
        """Inputs that show the function off (for `milan` and the nearest-exemplar baseline)."""

    @abstractmethod
    def asked(self, rng: np.random.Generator) -> Inputs:
        """Everything that submitted code is asked in one scoring, `beyond` and the public grid included.

        It may depend on what a brief says (category, kinds, `subject`) and on `rng`, and on nothing else: code sees
        what it is asked, and two functions with equal briefs must be asked the same. Which answers count is drawn
        afterwards (`functions/held_out.py`)."""

    def beyond(self, rng: np.random.Generator) -> Inputs | None:  # noqa: ARG002 - an override draws
        """The part of `asked` that may not be queried: what was understood reaches there, and a table does not.
        None: there is none."""
        return None

    def public_grid(self) -> Inputs | None:
        """The part of `asked` that FIND published as its test inputs; it is scored by FIND's own measure alone.
        None: there is none."""
        return None

    def may_be_queried(self, inputs: Inputs) -> Mask:
        """Which of n inputs lie in `interval` and are no longer than `longest_query`: bool of shape (n,)."""
        allowed = np.ones(len(inputs), dtype=bool)
        if self.interval is not None:
            x = np.asarray(inputs, dtype=np.float64)
            allowed &= (x >= self.interval[0]) & (x <= self.interval[1])
        if self.longest_query is not None:
            allowed &= np.array([len(x) for x in inputs], dtype=np.int64) <= self.longest_query
        return allowed

    def choose(self, rng: np.random.Generator, inputs: Inputs, n: int) -> Places:
        """Places of about `n` of `inputs` (asked ones that may be queried, the public grid apart) that stand for the
        whole domain: fewer where there are fewer. By chance, unless a category weighs them."""
        return rng.permutation(len(inputs))[:n]

    def regions(self) -> Sequence[Region]:
        """Where something local happens; () when nothing does."""
        return ()

    def borders(self) -> Sequence[float]:
        """Where the output of a function of one number jumps, in ascending order; () when it does not."""
        return ()

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
