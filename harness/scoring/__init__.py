"""Scoring of interpretations: submitted code by what it computes on held-out inputs, in a lab without an oracle."""

from harness.scoring.score import Score
from harness.scoring.scorer import score_episode

__all__ = ["Score", "score_episode"]
