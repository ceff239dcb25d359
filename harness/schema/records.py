"""What lies in a run directory: the record of an episode, the configuration of a run."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from findbench.harness.errors import UsageError
from findbench.harness.schema.base import Data
from findbench.harness.schema.brief import Interpretation, InterpreterSettings, Prior
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.score import Score

MAX_QUERIED = 20_000
"""Queried inputs that a record keeps (the first ones): enough for any default budget, bounded for a million."""
_ID = re.compile(r"[a-z][a-z0-9_]*/[A-Za-z0-9_]+")

EpisodeStatus = Literal["finished", "no_submission", "model_error", "interpreter_error", "infrastructure_error"]
"""How an episode ended. All but the last are answers or the lack of one, and count in the scores; an infrastructure
error is never scored and runs again when the run is resumed."""


class Experiment(Data):
    """One piece of Python that ran in the lab, and what came back."""

    type: Literal["experiment"] = "experiment"
    code: str
    stdout: str
    status: str
    queries: int
    seconds: float
    truncated: bool = False
    state_kept: bool = True
    limit: float | None = None
    """The time limit in seconds that the interpreter asked for, if it did."""


class Note(Data):
    """What an interpreter wanted kept: a message, usage, a reminder (`LabLike.note` lists the kinds)."""

    type: Literal["note"] = "note"
    kind: str
    data: dict[str, Any]


Event = Annotated[Experiment | Note, Field(discriminator="type")]


class Usage(Data):
    """What the language model used in an episode, summed over its calls."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float | None = None
    """In the currency of the price file; None when no call was priced."""

    @property
    def tokens(self) -> int:
        """Prompt and completion (reasoning is part of the completion)."""
        return self.prompt_tokens + self.completion_tokens


class Curve(Data):
    """Truth and prediction over the domain of a numeric function, for the report's plot."""

    x: tuple[float, ...]
    truth: tuple[float, ...]
    prediction: tuple[float | None, ...]


class EpisodeRecord(Data):
    """One ended episode: everything that the report, `show`, `replay` and rescoring need."""

    format: Literal[1] = 1
    """Version of the file's layout; another one is refused, not guessed at."""
    function: str = Field(pattern=_ID.pattern)
    category: str
    tags: tuple[str, ...]
    family: str
    repeat: int = Field(ge=0)
    seed: int
    status: EpisodeStatus
    error: str | None = None
    interpretation: Interpretation | None = None
    score: Score | None = None
    curve: Curve | None = None
    transcript: tuple[Event, ...] = ()
    queries: int = 0
    queried: tuple[float, ...] | tuple[str, ...] = ()
    """The first MAX_QUERIED inputs that `f` was evaluated at, in order."""
    usage: Usage = Usage()
    started: datetime
    seconds: float
    attempts: int = 1

    @property
    def key(self) -> str:
        """`numeric/0003`, or `numeric/0003-r2` for a repeat."""
        return episode_key(self.function, self.repeat)

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments of the transcript, in order."""
        return tuple(event for event in self.transcript if isinstance(event, Experiment))


class RunConfig(Data):
    """Everything that decides what a run measures. Two runs of equal configuration are the same run."""

    suite: str
    suite_checksum: str
    functions: tuple[str, ...]
    interpreter: str
    settings: InterpreterSettings
    model: str | None = None
    temperature: float | None = None
    max_reply_tokens: int | None = None
    prompts_hash: str | None = None
    prior: Prior = "category"
    seed: int = 0
    repeats: int = Field(default=1, ge=1)
    budget: int = Field(ge=0)
    rounds: int = Field(ge=1)
    limits: Limits = Limits()
    runtime: str = "runc"


class Session(Data):
    """One start of the command on this run, and the machine's software at the time."""

    started: datetime
    ended: datetime | None = None
    outcome: str | None = None
    """`complete`, `incomplete`, `interrupted` or `stopped`; None when it was killed."""
    versions: dict[str, str]
    """Commit, image tag and digest, engine, runtime, Python, platform, packages, the model's server."""


class RunInfo(Data):
    """`run.json`."""

    format: Literal[1] = 1
    name: str
    config: RunConfig
    sessions: tuple[Session, ...] = ()


def episode_key(function_id: str, repeat: int) -> str:
    """The episode's address inside a run, and its path under `episodes/` without the suffix."""
    if not _ID.fullmatch(function_id):
        raise UsageError(f"function id {function_id!r} is not of the form category/name")
    return f"{function_id}-r{repeat}" if repeat else function_id
