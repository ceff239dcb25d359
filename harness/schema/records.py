"""What lies in a run directory: the record of an episode, the configuration of a run."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from findbench.harness.errors import UsageError
from findbench.harness.schema.base import Data, Text, Values
from findbench.harness.schema.brief import DEFAULT_ROUNDS, Interpretation, InterpreterSettings, Prior
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.notes import Note
from findbench.harness.schema.result import Status
from findbench.harness.schema.score import Score
from findbench.harness.schema.usage import Usage

MAX_QUERIED = 20_000
"""Queried inputs that a record keeps (the first ones): enough for any default budget, bounded for a million."""
_ID = r"[a-z][a-z0-9_]*/[A-Za-z0-9_]+"
"""The id of a function, `category/name`: a path below `episodes/` that cannot lead out of it."""

EpisodeStatus = Literal["finished", "no_submission", "model_error", "interpreter_error", "infrastructure_error"]
"""How an episode ended. All but the last are answers or the lack of one, and count in the scores; an infrastructure
error is never scored and runs again when the run is resumed."""


FAILED: frozenset[EpisodeStatus] = frozenset({"model_error", "interpreter_error"})
"""Episodes that count as no answer because something failed; `--retry-failed` runs them again."""


class Experiment(Data):
    """One piece of Python that ran in the lab, and what came back."""

    type: Literal["experiment"] = "experiment"
    code: Text
    """The source, as the interpreter wrote it."""
    stdout: Text
    """What it printed, as the interpreter saw it."""
    stderr: Text = ""
    """What it wrote to stderr, which no model is shown."""
    status: Status
    """How it ended."""
    queries: int
    """Queries of `f` that it made."""
    seconds: float
    """Wall-clock seconds that it took."""
    truncated: bool = False
    """stdout was longer than the limit."""
    state_kept: bool = True
    """The variables of earlier experiments are still there for the next one."""
    limit: float | None = None
    """The time limit in seconds that the interpreter asked for, if it did."""


Event = Annotated[Experiment | Note, Field(discriminator="type")]
"""One entry of a transcript: an experiment or a note."""


class Curve(Data):
    """Truth and prediction over the domain of a numeric function, for the report's plot."""

    x: tuple[float, ...]
    """Inputs, ascending."""
    truth: tuple[float, ...]
    """Noise-free values, one for each input."""
    prediction: tuple[float | None, ...]
    """What the submitted code gave, one for each input; None where it gave no number."""


class EpisodeRecord(Data):
    """One ended episode: everything that the report, `show`, `replay` and rescoring need."""

    format: Literal[2] = 2
    """Version of the file's layout; `harness/formats.py` reads older ones."""
    function: str = Field(pattern=f"^{_ID}$")
    """Id of the function."""
    category: str
    """Its category."""
    tags: tuple[str, ...]
    """Its variants: clean, noise, ..."""
    family: str
    """Its family: the form without the parameters."""
    repeat: int = Field(ge=0)
    """Number of the repeat, from 0."""
    seed: int
    """The episode's seed, from which everything random in it derives."""
    status: EpisodeStatus
    """How the episode ended."""
    error: Text | None = None
    """One line about what went wrong, if anything did."""
    interpretation: Interpretation | None = None
    """What was submitted; None when interpreter or model failed before."""
    score: Score | None = None
    """The score; None for an infrastructure error."""
    curve: Curve | None = None
    """For the plot of a numeric function whose submission holds code."""
    transcript: tuple[Event, ...] = ()
    """Experiments and notes, in order."""
    budget: int | None = Field(default=None, ge=0)
    """Queries of `f` that the episode might make; None in records of findbench 0.1, where `run.json` has it."""
    queries: int = 0
    """Queries of `f` in the whole episode."""
    queried: Values = ()
    """The first MAX_QUERIED inputs that `f` was evaluated at, in order."""
    usage: Usage = Usage()
    """What the language model used: the sum of the transcript's usage notes."""
    started: datetime
    """When its first attempt began."""
    seconds: float
    """Wall-clock seconds that it took, all attempts together."""
    attempts: int = 1
    """More than one if the engine went away, or somebody removed a container. An `AttemptNote` stands where the
    interpreter began anew."""

    @property
    def key(self) -> str:
        """`numeric/0003`, or `numeric/0003-r2` for a repeat."""
        return episode_key(self.function, self.repeat)

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments of the transcript, in order."""
        return tuple(event for event in self.transcript if isinstance(event, Experiment))


class EpisodeConfig(Data):
    """What an episode depends on, besides its function, its interpreter and the run's secret."""

    prior: Prior = "category"
    """How much the interpreter is told about the function beforehand."""
    budget: int | None = Field(default=None, ge=0)
    """Queries of `f` in one episode; None: as many as the function's category has."""
    rounds: int = Field(default=DEFAULT_ROUNDS, ge=1)
    """Replies of a language model in one episode."""
    limits: Limits = Limits()
    """Limits of one lab."""


class RunConfig(EpisodeConfig):
    """Everything that decides what a run measures. Two runs of equal configuration are the same run."""

    suite: str
    """Name of the suite, or the path of its file."""
    suite_checksum: str
    """SHA-256 of the suite."""
    functions: tuple[str, ...]
    """Ids of the functions that are studied."""
    interpreter: str
    """Name of the interpreter, or `module:Class`."""
    settings: InterpreterSettings
    """What was chosen about the interpreter."""
    model: str | None = None
    """The language model, as its server names it."""
    temperature: float | None = None
    """Sampling temperature; None: the server's default."""
    max_reply_tokens: int | None = None
    """Length of one reply in tokens; None: the server's default."""
    prompts_hash: str | None = None
    """Version of the prompts: a hash of their texts. None without a model."""
    repeats: int = Field(default=1, ge=1)
    """Episodes per function, each with a seed of its own."""
    seed: int | None = Field(default=None, ge=0)
    """With --reproducible: the run's secret derives from this number, which anybody can guess."""
    runtime: str = "runc"
    """Container runtime of the labs."""


class Session(Data):
    """One start of the command on this run, and the machine's software at the time."""

    started: datetime
    """When the command was started."""
    ended: datetime | None = None
    """When it ended; None when it was killed."""
    outcome: str | None = None
    """`complete`, `incomplete`, `interrupted`, `stopped` or `rescored`; None when it was killed."""
    versions: dict[str, Text]
    """Commit, image tag and digest, engine, runtime, Python, platform, packages, the model's server; `needs`, what the
    briefs held beside what every brief holds."""


class RunInfo(Data):
    """`run.json`."""

    format: Literal[2] = 2
    """Version of the file's layout; `harness/formats.py` reads older ones."""
    name: str
    """Name of the directory when it was made."""
    secret: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$", repr=False)
    """128 random bits, in hex digits, from which every seed of the run derives. Two runs with one secret pair: equal
    noise, equal held-out inputs. None: findbench 0.1 made the run, and it had none."""
    config: RunConfig
    """What the run measures."""
    sessions: tuple[Session, ...] = ()
    """One entry for each start of the command."""


def episode_key(function_id: str, repeat: int) -> str:
    """The episode's address inside a run, and its path under `episodes/` without the suffix."""
    if not re.fullmatch(_ID, function_id):
        raise UsageError(f"function id {function_id!r} is not of the form category/name")
    return f"{function_id}-r{repeat}" if repeat else function_id
