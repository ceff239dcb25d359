"""One episode: an interpreter studies a function through a recorded lab, submits, is scored; out comes its record."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

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
from findbench.harness.schema.notes import AttemptNote, UsageNote
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
    from findbench.harness.schema.score import Score

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


def run_episode(
    episode: Episode,
    interpreter: Interpreter,
    labs: LabSource,
    *,
    on_event: OnEvent = lambda _: None,
    check: Check = lambda: None,
) -> EpisodeRecord:
    """One attempt at one episode; raises as `Attempts.run` does."""
    return Attempts(episode, interpreter, labs, on_event=on_event, check=check).run()


class Attempts:
    """The attempts at one episode: each goes on with what the ones before it used, kept and submitted.

    A lab that the episode broke itself is no reason for another attempt: see `Notebook.run`. What is left (the engine
    went away, somebody removed the container) is nothing that the episode can have done, and still it gets no second
    budget by it, no second look at the same noise, and loses nothing that it had handed in.
    """

    def __init__(
        self,
        episode: Episode,
        interpreter: Interpreter,
        labs: LabSource,
        *,
        on_event: OnEvent = lambda _: None,
        check: Check = lambda: None,
    ) -> None:
        """Nothing starts yet. Raises UsageError for an interpreter that needs what no brief holds."""
        self.episode = episode
        self.number = 0
        """The attempts that were begun."""
        self.transcript: list[Event] = []
        self._interpreter = interpreter
        self._labs = labs
        self._on_event = on_event
        self._check = check
        self._brief = episode.brief(needs_of(interpreter))
        self._lab = labs.lab(episode.function, seed=episode.seed, budget=episode.budget)
        """One for all attempts, closed in between: its accounts, noise and seeds go on."""
        self._submitted: Submitted | None = None
        self._broken = ""
        """What the last attempt raised."""
        self._started, self._clock = now(), time.monotonic()

    def run(self) -> EpisodeRecord:
        """The next attempt.

        Raises InfrastructureError or EngineError when a lab broke through no fault of the episode's (nothing was
        scored: call again), FatalModelError and BudgetReached when no episode can go on, Cancelled when the run is
        being stopped. Any other failure of the interpreter ends the episode, is recorded and counts as no answer.
        """
        self.number += 1
        try:
            submitted = self._submitted = self._submitted or self._interpreted()
            self._check()
            score, curve = self._scored(submitted.interpretation)
        except (InfrastructureError, EngineError) as error:
            self._broken = str(error)
            raise
        return self._record(
            submitted.status,
            error=submitted.error,
            interpretation=submitted.interpretation,
            score=score,
            curve=curve,
        )

    def give_up(self) -> EpisodeRecord:
        """The record of an episode whose every attempt broke: it has no score, and what it used stands in it."""
        return self._record("infrastructure_error", error=self._broken)

    def _interpreted(self) -> Submitted:
        lab = self._lab
        with Recording(lab, self._on_event, self._check, self.transcript) as recording:
            brief = self._brief
            if self.number > 1:
                broken = AttemptNote(
                    number=self.number, why=self._broken, queries=lab.queries, experiments=lab.experiments
                )
                recording.keep(broken)
                brief = brief.model_copy(update={"budget": lab.remaining})
            submitted = _interpret(self._interpreter, RecordedLab(recording), brief)
        recording.raise_failure()
        return submitted

    def _scored(self, interpretation: Interpretation | None) -> tuple[Score, Curve | None]:
        function, seed = self.episode.function, self.episode.seed
        try:
            # One more container for all that the submitted code is asked; it starts when there is something to ask.
            with contextlib.closing(self._labs.code_runner(seed=derive("score", seed))) as judge:
                score = score_episode(
                    function,
                    interpretation or Interpretation(),
                    seed=seed,
                    open_runner=lambda: contextlib.nullcontext(judge),
                    budget=self.episode.budget,
                    queried=self._lab.queried,
                )
                return score, _curve(function, interpretation, judge)
        except OSError as broken:  # no socket, no disk space: nothing that the submission did
            raise InfrastructureError(f"scoring failed: {broken}") from broken

    def _record(self, status: EpisodeStatus, **found: Any) -> EpisodeRecord:
        """`found`: the fields of `EpisodeRecord` that depend on how it ended."""
        function = self.episode.function
        queried: Any = tuple(self._lab.queried[:MAX_QUERIED])  # of one type all, which the record checks
        return EpisodeRecord(
            function=function.id,
            category=function.category,
            tags=function.tags,
            family=function.family,
            repeat=self.episode.repeat,
            seed=self.episode.seed,
            budget=self.episode.budget,
            status=status,
            transcript=tuple(self.transcript),
            queries=self._lab.queries,
            queried=queried,
            usage=_sum_usage(self.transcript),
            started=self._started,
            seconds=time.monotonic() - self._clock,
            attempts=self.number,
            **found,
        )


class Submitted(NamedTuple):
    """What came of an interpreter."""

    status: EpisodeStatus
    interpretation: Interpretation | None = None
    error: str | None = None
    """One line about what went wrong."""


def _interpret(interpreter: Interpreter, lab: RecordedLab, brief: Brief) -> Submitted:
    try:
        submitted = interpreter.interpret(lab, brief)
        interpretation = Interpretation.model_validate(submitted.model_dump())
    except (FatalModelError, BudgetReached, InfrastructureError, EngineError):
        raise
    except ModelError as error:
        return Submitted("model_error", error=str(error))
    except Exception as error:  # a person's own interpreter may fail in any way; the run goes on
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        text = " ".join(str(error).split())[:300]
        return Submitted("interpreter_error", error=f"{type(error).__name__}: {text} ({where})")
    if not any(text.strip() for text in (interpretation.description, interpretation.code)):
        return Submitted("no_submission", interpretation)
    return Submitted("finished", interpretation)


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
