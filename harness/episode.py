"""One episode: an interpreter studies a function through a recorded lab, submits, is scored; out comes its record."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from findbench.functions.base import Function, input_key
from findbench.harness.errors import (
    BudgetReached,
    EngineError,
    FatalModelError,
    FindbenchError,
    InfrastructureError,
    ModelError,
)
from findbench.harness.interpreters import Interpreter
from findbench.harness.lab import Lab
from findbench.harness.schema import (
    MAX_QUERIED,
    Brief,
    Curve,
    EpisodeRecord,
    Event,
    Experiment,
    Interpretation,
    Note,
    Result,
    RunConfig,
    Score,
    Usage,
    escape_surrogates,
    now,
)
from findbench.harness.schema import EpisodeStatus as Status
from findbench.harness.scoring import score_episode
from findbench.harness.seeds import derive

EXEMPLARS = 10
"""Inputs in a brief for the interpreters that start from exemplars (FIND gives 8 to 10)."""
CURVE_POINTS = 257
"""Points of the plot of a function of one number: one per unit of the domain [-128, 128]."""
CURVE_SECONDS = 10.0


class Cancelled(BaseException):
    """The run is being stopped. No `Exception`: an interpreter that catches everything must not swallow it."""


class MakeLab(Protocol):
    """Makes labs with the run's limits, runtime and pool; `None` makes one for submitted code."""

    def __call__(self, function: Function | None, *, seed: int = 0, budget: int = 0) -> Lab:
        """A lab that has not started yet."""


OnEvent = Callable[[Event], None]
"""Told of every event of a transcript as it happens. May raise Cancelled."""
Check = Callable[[], None]
"""Called before anything is started. Raises Cancelled when the run is being stopped."""


@dataclass(frozen=True)
class Task:
    """What one episode is about."""

    function: Function
    repeat: int
    config: RunConfig

    @property
    def seed(self) -> int:
        """The episode's seed, from which everything random in it derives."""
        return derive(self.config.seed, self.function.id, self.repeat)

    def brief(self) -> Brief:
        """What the interpreter may know; equal for every variant of a category."""
        function, config = self.function, self.config
        rng = np.random.default_rng([derive("exemplars", self.seed, function.fingerprint())])
        return Brief(
            category=function.category,
            input_kind=function.input_kind,
            output_kind=function.output_kind,
            budget=config.budget,
            rounds=config.rounds,
            prior=config.prior,
            exemplar_inputs=tuple(input_key(function.exemplars(rng, EXEMPLARS))),
            seconds=config.limits.seconds,
            seed=derive("interpreter", self.seed),
        )


class RecordingLab:
    """The lab that an interpreter gets: starts in the background, keeps every experiment and note.

    Holds nothing of the function in its public names; `run` waits for the container if it is not up yet.
    """

    def __init__(self, lab: Lab, on_event: OnEvent, check: Check) -> None:
        self._lab = lab
        self._on_event = on_event
        self._check = check
        self._transcript: list[Event] = []
        self._failure: BaseException | None = None
        self._starter = threading.Thread(target=self._start, name="lab-start", daemon=True)
        self._starter.start()  # a container takes a while, and so does a model's first reply: both at once

    def _start(self) -> None:
        try:
            self._lab.start()
        except BaseException as error:
            self._failure = error

    def _ready(self) -> Lab:
        self._starter.join()
        if self._failure is not None:
            raise self._failure
        return self._lab

    @property
    def remaining(self) -> int:
        """Queries left of the budget."""
        return self._lab.remaining

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one experiment and keep it in the transcript."""
        if not isinstance(code, str):
            raise TypeError(f"an experiment is Python source text, not {type(code).__name__}")
        try:
            lab = self._ready()
            self._check()
            result = lab.run(code, seconds=seconds)
        except (InfrastructureError, EngineError) as error:
            self._failure = error  # remembered: an interpreter that swallows it must not be scored for it
            raise
        except Exception as error:  # no socket, no disk space, a defect of ours: not the interpreter's failure either
            self._failure = InfrastructureError(f"the lab failed: {type(error).__name__}: {error}")
            raise self._failure from error
        self._keep(
            Experiment(
                code=escape_surrogates(code),
                stdout=escape_surrogates(result.stdout),
                status=result.status,
                queries=result.queries,
                seconds=result.seconds,
                truncated=result.truncated,
                state_kept=result.state_kept,
                limit=seconds,
            )
        )
        return result

    def note(self, kind: str, data: dict[str, Any]) -> None:
        """Keep an event in the transcript (JSON values)."""
        self._keep(Note(kind=kind, data=escape_surrogates(data)))

    def _keep(self, event: Event) -> None:
        self._transcript.append(event)
        self._on_event(event)


class RecordedEpisode:
    """The harness's side of a `RecordingLab`: what the interpreter has no business with."""

    def __init__(self, lab: Lab, on_event: OnEvent, check: Check) -> None:
        self.lab = lab
        self.recording = RecordingLab(lab, on_event, check)

    def __enter__(self) -> RecordedEpisode:
        return self

    def __exit__(self, *_: object) -> None:
        self.recording._starter.join()  # never close a lab that is half started: its container would stay
        self.lab.close()

    @property
    def transcript(self) -> tuple[Event, ...]:
        """Everything kept so far."""
        return tuple(self.recording._transcript)

    def raise_failure(self) -> None:
        """Raise what broke the lab, if anything did, whatever the interpreter made of it."""
        if self.recording._failure is not None:
            raise self.recording._failure


def run_episode(
    task: Task,
    interpreter: Interpreter,
    make_lab: MakeLab,
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
    function, seed = task.function, task.seed
    lab = make_lab(function, seed=seed, budget=task.config.budget)
    with RecordedEpisode(lab, on_event, check) as episode:
        status, interpretation, error = _interpret(interpreter, episode.recording, task.brief())
    episode.raise_failure()
    check()
    transcript, queried = episode.transcript, lab.queried
    try:
        # One more container for all that the submitted code is asked; it starts when there is something to ask.
        with contextlib.closing(make_lab(None, seed=derive("score", seed))) as judge:
            score = score_episode(
                function,
                interpretation or Interpretation(),
                seed=seed,
                make_lab=lambda: contextlib.nullcontext(judge),
                queried=queried,
            )
            curve = _curve(function, interpretation, judge)
    except OSError as broken:  # no socket, no disk space: nothing that the submission did
        raise InfrastructureError(f"scoring failed: {broken}") from broken
    return EpisodeRecord(
        function=function.id,
        category=function.category,
        tags=function.tags,
        family=function.family,
        repeat=task.repeat,
        seed=seed,
        status=status,
        error=error,
        interpretation=interpretation,
        score=Score.model_validate(escape_surrogates(score.model_dump())),
        curve=curve,
        transcript=transcript,
        queries=lab.queries,
        queried=tuple(escape_surrogates(queried[:MAX_QUERIED])),
        usage=sum_usage(transcript),
        started=started,
        seconds=time.monotonic() - clock,
        attempts=attempt,
    )


def _interpret(
    interpreter: Interpreter, lab: RecordingLab, brief: Brief
) -> tuple[Status, Interpretation | None, str | None]:
    """Status, submission, and one line about what went wrong."""
    try:
        submitted = interpreter.interpret(lab, brief)
        interpretation = Interpretation.model_validate(escape_surrogates(submitted.model_dump()))
    except (FatalModelError, BudgetReached, InfrastructureError, EngineError):
        raise
    except ModelError as error:
        return "model_error", None, escape_surrogates(str(error))
    except FindbenchError:
        raise
    except Exception as error:  # a person's own interpreter may fail in any way; the run goes on
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        text = " ".join(str(error).split())[:300]
        return "interpreter_error", None, escape_surrogates(f"{type(error).__name__}: {text} ({where})")
    if not any(text.strip() for text in (interpretation.description, interpretation.code)):
        return "no_submission", interpretation, None
    return "finished", interpretation, None


def infrastructure_record(task: Task, error: Exception, *, attempts: int, seconds: float) -> EpisodeRecord:
    """The record of an episode whose labs broke every time: never scored, run again on resume."""
    return EpisodeRecord(
        function=task.function.id,
        category=task.function.category,
        tags=task.function.tags,
        family=task.function.family,
        repeat=task.repeat,
        seed=task.seed,
        status="infrastructure_error",
        error=str(error),
        started=now(),
        seconds=seconds,
        attempts=attempts,
    )


def sum_usage(transcript: tuple[Event, ...]) -> Usage:
    """What the language model used, from the `usage` notes of a transcript."""
    notes = [event.data for event in transcript if isinstance(event, Note) and event.kind == "usage"]
    costs = [float(note["cost"]) for note in notes if note.get("cost") is not None]
    return Usage(
        calls=len(notes),
        prompt_tokens=sum(int(note.get("prompt_tokens") or 0) for note in notes),
        completion_tokens=sum(int(note.get("completion_tokens") or 0) for note in notes),
        reasoning_tokens=sum(int(note.get("reasoning_tokens") or 0) for note in notes),
        cost=sum(costs) if costs else None,
    )


def _curve(function: Function, interpretation: Interpretation | None, judge: Lab) -> Curve | None:
    """Truth and prediction over the domain, for the plot; None without code and for other than numbers to numbers."""
    if function.interval is None or function.output_kind != "number":
        return None
    if interpretation is None or not interpretation.code.strip():
        return None
    x = np.linspace(*function.interval, CURVE_POINTS)
    predicted = judge.evaluate(interpretation.code, x.tolist(), seconds=CURVE_SECONDS).outputs
    truth = np.asarray(function.target(x), dtype=float)
    return Curve(
        x=tuple(x.tolist()),
        truth=tuple(truth.tolist()),
        prediction=tuple(float(y) if isinstance(y, (int, float)) else None for y in predicted),
    )
