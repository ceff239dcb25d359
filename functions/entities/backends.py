"""What computes activations: the static embeddings that ship with the package, or whatever else is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from findbench.functions.entities.concepts import Concept, activations

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray


class Backend(Protocol):
    """(names of the concepts, words) -> activations in [0, 1], shape (n,): the largest over the concepts.

    Equal arguments must give equal values; a language model is therefore asked through a cache.
    """

    def __call__(self, concepts: Sequence[str], inputs: Sequence[str]) -> FloatArray:
        """The activations."""
        ...


class Embedded:
    """The default: similarity to a lexicon's centroid, calibrated."""

    def __init__(self, concepts: tuple[Concept, ...]) -> None:
        """The calibrations are those of the function's spec."""
        self._concepts = {concept.name: concept for concept in concepts}

    def __call__(self, concepts: Sequence[str], inputs: Sequence[str]) -> FloatArray:
        """The activations."""
        return activations(tuple(self._concepts[name] for name in concepts), list(inputs))
