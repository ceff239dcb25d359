"""What a judge found about one description."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """A judge that asks a model no questions leaves all but `share` at their defaults."""

    share: float
    """The score, 0 to 1; 0 for an empty description."""
    asked: int = 0
    """Questions that a model was asked, each in two orders."""
    steady: float = 1.0
    """Share of questions answered alike in both orders: what is missing to 1 is the effect of order."""
    unanswered: float = 0.0
    """Share of replies without a well-formed choice; they count as wrong."""
