"""Scoring of interpretations: submitted code by what it computes on held-out inputs, in a lab without an oracle."""

from findbench.harness.schema import Score
from findbench.harness.scoring.scorer import score_episode

__all__ = ["Score", "score_episode"]
