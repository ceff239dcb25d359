"""What a hidden function is: the one interface that the oracle, the scoring, the audit and the report rely on."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Category = str
CATEGORIES: tuple[Category, ...] = ("numeric", "strings", "entities", "relations")
Kind = str

FloatArray = NDArray[np.float64]
Inputs = FloatArray | Sequence[str]
"""A batch of inputs: float64 of shape (n,) for `numeric`, n strings for the other categories."""
Outputs = FloatArray | Sequence[str]
"""A batch of outputs: float64 of shape (n,) where `output_kind` is `number`, else n strings."""


class Spec(BaseModel):
    """Base of every spec: frozen, strict data. Everything about a function derives from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Function(ABC):
    """A hidden function with its ground truth. Implementations hold a `Spec` and derive everything else from it."""

    category: ClassVar[Category]
    input_kind: ClassVar[Kind]
    output_kind: ClassVar[Kind]

    id: str
    """`<category>/<four digits>`, the address inside a suite. Says nothing about the function."""
    spec: Spec
    tags: tuple[str, ...]
    """Sorted variant labels: of `clean`, `noise`, `corruption`, `approximation`, `composition`, `sub-domain`, ...
    Exactly one of {clean, noise, corruption, approximation} for numeric; `composition` is added where it applies."""
    family: str
    """The generating family for break-down tables, for instance `linear` or `sine*step` or `reverse+vowels`."""

    # -- what the oracle serves ------------------------------------------------------------------------------------
    @abstractmethod
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> Outputs:
        """Observe the function once per input. `uniforms`: one U(0,1) variate per input, the only source of noise
        (functions without noise ignore it). Pure: equal arguments give equal outputs, whatever the batching."""

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

    # -- samplers: equal generator state, equal draw ----------------------------------------------------------------
    @abstractmethod
    def exemplars(self, rng: np.random.Generator, n: int) -> Inputs:
        """Inputs that show the function off (for `milan` and the nearest-exemplar baseline)."""

    @abstractmethod
    def held_out(self, rng: np.random.Generator, n: int) -> Inputs:
        """`n` held-out *global* inputs over the whole domain, never the public grid of FIND."""

    @abstractmethod
    def local_regions(self, rng: np.random.Generator, n: int) -> dict[str, Inputs]:
        """Region name -> about `n` held-out inputs inside it; {} when nothing local happens."""

    @abstractmethod
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """Up to `n` near misses, one thing changed each; every one differs on some held-out input."""

    @property
    def stochastic(self) -> bool:
        """Whether `sample` looks at its uniforms; where it does not, the oracle need not draw them."""
        return True

    # -- scales used by numeric scoring ------------------------------------------------------------------------------
    @property
    def noise_sd(self) -> float:
        """Standard deviation of the observation noise outside any corrupted region (0 when there is none)."""
        return 0.0

    # -- identity ----------------------------------------------------------------------------------------------------
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the spec: the function's identity, and part of its noise's key (never leaves the host)."""
        return hashlib.sha256(self.spec.model_dump_json().encode()).hexdigest()

    def __repr__(self) -> str:  # never the spec: a repr may end in a log beside model output
        return f"<{type(self).__name__} {self.id}>"


def input_key(inputs: Inputs) -> list[Any]:
    """The batch as plain Python values (for JSON and for set operations)."""
    return inputs.tolist() if isinstance(inputs, np.ndarray) else list(inputs)
