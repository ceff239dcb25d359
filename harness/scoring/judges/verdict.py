"""What a judge of descriptions is, and what it finds about one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from findbench.functions.base import Function


@dataclass(frozen=True)
class Verdict:
    """What does not apply to a judge stays at its default."""

    share: float | None
    """The score, 0 to 1; 0 for an empty description. None where there is nothing to ask about the function."""
    asked: int = 0
    """Questions that a model was asked."""
    steady: float | None = None
    """Share of questions answered alike in both orders: what is missing to 1 is the effect of order."""
    unanswered: float = 0.0
    """Share of replies without a well-formed answer; they count as wrong."""


class Judge(Protocol):
    """Says how good a description of a function is."""

    name: str

    def score(self, function: Function, description: str, *, seed: int) -> float | None:
        """Between 0 and 1; 0 for an empty description, None where there is nothing to ask. Equal arguments give equal
        scores."""

    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """The score, and how it came about."""
