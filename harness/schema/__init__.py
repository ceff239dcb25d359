"""Every type that crosses rooms or lies on disk. Imports nothing heavy: who reads a record loads no more than this."""

from findbench.harness.schema.base import Data, escape_surrogates, now
from findbench.harness.schema.brief import Brief, Interpretation, InterpreterSettings, Prior
from findbench.harness.schema.calibration import Calibration
from findbench.harness.schema.limits import DEFAULT_BUDGET, Limits
from findbench.harness.schema.records import (
    MAX_QUERIED,
    Curve,
    EpisodeRecord,
    EpisodeStatus,
    Event,
    Experiment,
    Note,
    RunConfig,
    RunInfo,
    Session,
    Usage,
    episode_key,
)
from findbench.harness.schema.result import STATUSES, Evaluation, Result, Status
from findbench.harness.schema.score import Score

__all__ = [
    "DEFAULT_BUDGET",
    "MAX_QUERIED",
    "STATUSES",
    "Brief",
    "Calibration",
    "Curve",
    "Data",
    "EpisodeRecord",
    "EpisodeStatus",
    "Evaluation",
    "Event",
    "Experiment",
    "Interpretation",
    "InterpreterSettings",
    "Limits",
    "Note",
    "Prior",
    "Result",
    "RunConfig",
    "RunInfo",
    "Score",
    "Session",
    "Status",
    "Usage",
    "episode_key",
    "escape_surrogates",
    "now",
]
