"""Judges of descriptions, behind one interface. Each is calibrated by `findbench.harness.scoring.judges.calibrate`."""

from __future__ import annotations

from typing import Protocol

from findbench.functions.base import Function
from findbench.harness.scoring.judges.retrieval import RetrievalJudge, retrieval_judge
from findbench.harness.scoring.judges.verdict import Verdict


class Judge(Protocol):
    """Says how good a description of a function is."""

    name: str

    def score(self, function: Function, description: str, *, seed: int) -> float:
        """Between 0 and 1; 0 for an empty description. Equal arguments give equal scores."""

    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """The score, and how it came about."""


__all__ = ["Judge", "RetrievalJudge", "Verdict", "retrieval_judge"]
