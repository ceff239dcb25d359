"""One episode: an interpreter studies a function through a recorded lab, submits, is scored; out comes its record."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.base import Function, Inputs, input_key
from findbench.functions.categories import CATEGORIES, load_category
from findbench.functions.numeric.atom import DOMAIN
from findbench.harness.errors import (
    BudgetReached,
    EngineError,
    FatalModelError,
    InfrastructureError,
    ModelError,
)
from findbench.harness.interpreters.base import needs_of
from findbench.harness.recording import Check, OnEvent, RecordedLab, Recording
from findbench.harness.schema.base import now
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.limits import DEFAULT_BUDGET
from findbench.harness.schema.notes import UsageNote
from findbench.harness.schema.records import (
    MAX_QUERIED,
    Curve,
    EpisodeConfig,
    EpisodeRecord,
    EpisodeStatus,
    Event,
    episode_key,
)
from findbench.harness.schema.usage import Usage
from findbench.harness.scoring.scorer import score_episode
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import Interpreter, Need
    from findbench.harness.lab.coderunner import CodeRunner
    from findbench.harness.lab.factory import LabSource

EXEMPLARS = 10
"""Inputs in a brief for the interpreters that start from exemplars (FIND gives 8 to 10)."""
CURVE_POINTS = 257
"""Points of the plot of a function of one number: one per unit of the domain [-128, 128]."""
CURVE_SECONDS = 10.0
"""Time that the submitted code has for them."""


def budget_of(function: Function, config: EpisodeConfig) -> int:
    """Queries of `f` per episode: what the configuration says, or else the function's category."""
    if config.budget is not None:
        return config.budget
    return load_category(function.category).budget if function.category in CATEGORIES else DEFAULT_BUDGET


@dataclass(frozen=True)
class Episode:
    """What one episode is about, before it has been run."""

    function: Function
    repeat: int
    config: EpisodeConfig
    secret: str = field(repr=False)
    """The run's secret: 32 hex digits."""

    @property
    def key(self) -> str:
        """Its address inside a run: `numeric/0003`, or `numeric/0003-r2` for a repeat."""
        return episode_key(self.function.id, self.repeat)

    @property
    def seed(self) -> int:
        """The episode's seed, from which everything random in it derives. Nobody without the run's secret knows it."""
        return derive("episode", self.secret, self.function.id, self.repeat)

    @property
    def budget(self) -> int:
        """Queries of `f` that it may make."""
        return budget_of(self.function, self.config)

    def brief(self, needs: frozenset[Need] = frozenset()) -> Brief:
        """What the interpreter may know: equal for every variant of a category, but for what it declares to need."""
        function, config = self.function, self.config
        exemplars: Inputs = []
        if "exemplars" in needs:
            rng = np.random.default_rng([derive("exemplars", self.seed, function.fingerprint())])
            exemplars = function.exemplars(rng, EXEMPLARS)
        return Brief(
            category=function.category,
            subject=function.subject,
            input_kind=function.input_kind,
            output_kind=function.output_kind,
            budget=self.budget,
            rounds=config.rounds,
            prior=config.prior,
            exemplar_inputs=tuple(input_key(exemplars)),
            form=function.form if "form" in needs else None,
            stdout_bytes=config.limits.stdout_bytes,
            seconds=config.limits.seconds,
            seed=derive("interpreter", self.seed),
        )

    def record(
        self, status: EpisodeStatus, *, started: datetime, seconds: float, attempts: int, **found: Any
    ) -> EpisodeRecord:
        """The record of the episode as it ended. `found`: the other fields of `EpisodeRecord`, as far as there are."""
        return EpisodeRecord(
            function=self.function.id,
            category=self.function.category,
            tags=self.function.tags,
            family=self.function.family,
            repeat=self.repeat,
            seed=self.seed,
            budget=self.budget,
            status=status,
            started=started,
            seconds=seconds,
            attempts=attempts,
            **found,
        )


def run_episode(
    episode: Episode,
    interpreter: Interpreter,
    labs: LabSource,
    *,
    on_event: OnEvent = lambda _: None,
    check: Check = lambda: None,
    attempt: int = 1,
) -> EpisodeRecord:
    """One attempt at one episode.

    Raises InfrastructureError or EngineError when a lab broke (nothing was scored: try again in a new lab),
    FatalModelError and BudgetReached when no episode can go on, Cancelled when the run is being stopped. Any other
    failure of the interpreter ends the episode, is recorded and counts as no answer.
    """
    started, clock = now(), time.monotonic()
    function, seed = episode.function, episode.seed
    lab = labs.lab(function, seed=seed, budget=episode.budget)
    with Recording(lab, on_event, check) as recording:
        status, interpretation, error = _interpret(
            interpreter, RecordedLab(recording), episode.brief(needs_of(interpreter))
        )
    recording.raise_failure()
    check()
    queried = lab.queried
    try:
        # One more container for all that the submitted code is asked; it starts when there is something to ask.
        with contextlib.closing(labs.code_runner(seed=derive("score", seed))) as judge:
            score = score_episode(
                function,
                interpretation or Interpretation(),
                seed=seed,
                open_runner=lambda: contextlib.nullcontext(judge),
                budget=episode.budget,
                queried=queried,
            )
            curve = _curve(function, interpretation, judge)
    except OSError as broken:  # no socket, no disk space: nothing that the submission did
        raise InfrastructureError(f"scoring failed: {broken}") from broken
    return episode.record(
        status,
        error=error,
        interpretation=interpretation,
        score=score,
        curve=curve,
        transcript=tuple(recording.transcript),
        queries=lab.queries,
        queried=tuple(queried[:MAX_QUERIED]),
        usage=_sum_usage(recording.transcript),
        started=started,
        seconds=time.monotonic() - clock,
        attempts=attempt,
    )


def _interpret(
    interpreter: Interpreter, lab: RecordedLab, brief: Brief
) -> tuple[EpisodeStatus, Interpretation | None, str | None]:
    """How it ended, the submission, and one line about what went wrong."""
    try:
        submitted = interpreter.interpret(lab, brief)
        interpretation = Interpretation.model_validate(submitted.model_dump())
    except (FatalModelError, BudgetReached, InfrastructureError, EngineError):
        raise
    except ModelError as error:
        return "model_error", None, str(error)
    except Exception as error:  # a person's own interpreter may fail in any way; the run goes on
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        text = " ".join(str(error).split())[:300]
        return "interpreter_error", None, f"{type(error).__name__}: {text} ({where})"
    if not any(text.strip() for text in (interpretation.description, interpretation.code)):
        return "no_submission", interpretation, None
    return "finished", interpretation, None


def _sum_usage(transcript: Sequence[Event]) -> Usage:
    return sum((event.usage for event in transcript if isinstance(event, UsageNote)), Usage())


def _curve(function: Function, interpretation: Interpretation | None, judge: CodeRunner) -> Curve | None:
    """Truth and prediction over the domain, for the plot; None without code and for other than numbers to numbers."""
    if not function.input_kind == function.output_kind == "number":
        return None
    if interpretation is None or not interpretation.code.strip():
        return None
    x = np.linspace(*(function.interval or DOMAIN), CURVE_POINTS)
    predicted = judge.evaluate(interpretation.code, x.tolist(), seconds=CURVE_SECONDS).outputs
    truth = np.asarray(function.target(x), dtype=float)
    return Curve(
        x=tuple(x.tolist()),
        truth=tuple(truth.tolist()),
        prediction=tuple(float(y) if isinstance(y, (int, float)) else None for y in predicted),
    )
