"""Every type that crosses rooms or lies on disk. Imports nothing heavy: who reads a record loads no more than this."""

from findbench.harness.schema.base import Data, Json, Text, now
from findbench.harness.schema.brief import DEFAULT_ROUNDS, Brief, Interpretation, InterpreterSettings, Prior
from findbench.harness.schema.calibration import Calibration
from findbench.harness.schema.limits import DEFAULT_BUDGET, Limits
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.notes import (
    CustomNote,
    Finish,
    ForcedNote,
    HypothesisNote,
    MessageNote,
    Note,
    ProtocolNote,
    ReminderNote,
    RetryNote,
    ToolCall,
    TrimmedNote,
    UsageNote,
)
from findbench.harness.schema.records import (
    FAILED,
    MAX_QUERIED,
    Curve,
    EpisodeConfig,
    EpisodeRecord,
    EpisodeStatus,
    Event,
    Experiment,
    RunConfig,
    RunInfo,
    Session,
    episode_key,
)
from findbench.harness.schema.result import STATUSES, Evaluation, Result, Status, Value
from findbench.harness.schema.score import Score
from findbench.harness.schema.usage import Usage

__all__ = [
    "DEFAULT_BUDGET",
    "DEFAULT_ROUNDS",
    "FAILED",
    "MAX_QUERIED",
    "STATUSES",
    "Brief",
    "Calibration",
    "Curve",
    "CustomNote",
    "Data",
    "EpisodeConfig",
    "EpisodeRecord",
    "EpisodeStatus",
    "Evaluation",
    "Event",
    "Experiment",
    "Finish",
    "ForcedNote",
    "HypothesisNote",
    "Interpretation",
    "InterpreterSettings",
    "Json",
    "Limits",
    "MessageNote",
    "ModelSettings",
    "Note",
    "Prior",
    "ProtocolNote",
    "ReminderNote",
    "Result",
    "RetryNote",
    "RunConfig",
    "RunInfo",
    "Score",
    "Session",
    "Status",
    "Text",
    "ToolCall",
    "TrimmedNote",
    "Usage",
    "UsageNote",
    "Value",
    "episode_key",
    "now",
]
