"""What a judge of descriptions gives to texts whose worth is known: without it a judge's number says nothing."""

from __future__ import annotations

from findbench.harness.schema.base import Data
from findbench.harness.schema.words import counted


class Calibration(Data):
    """Means over functions; lies in `judges.json` of a run directory."""

    judge: str
    """Name of the judge."""
    model: str | None = None
    """The model that it asks, if it asks one."""
    functions: int
    """Functions over which the means are taken."""
    true: float
    """What it gives to the true description: the ceiling."""
    empty: float
    """What it gives to an empty description."""
    instructing: float
    """What it gives to a description that tells the judge what to say."""
    steady: float | None = None
    """Share of questions about the true description that are answered alike in both orders."""
    unanswered: float | None = None
    """Share of replies about the true description without a well-formed answer."""

    def __str__(self) -> str:
        by = f"{self.judge}, {self.model}" if self.model else self.judge
        parts = [
            f"judge {by}, on {counted(self.functions, 'function')}: true description {self.true:.2f}, "
            f"empty {self.empty:.2f}, instructing {self.instructing:.2f}"
        ]
        if self.steady is not None:
            parts.append(f"the same choice in both orders {self.steady:.2f}")
        if self.unanswered is not None:
            parts.append(f"no answer {self.unanswered:.2f}")
        return ", ".join(parts)
