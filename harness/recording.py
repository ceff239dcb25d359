"""The lab that an interpreter gets: it starts in the background, and every experiment and note is kept."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from findbench.harness.errors import EngineError, InfrastructureError, UsageError
from findbench.harness.schema.notes import Note
from findbench.harness.schema.records import Event, Experiment

if TYPE_CHECKING:
    from findbench.harness.lab.lab import Lab
    from findbench.harness.schema.result import Result

OnEvent = Callable[[Event], None]
"""Told of every event of a transcript as it happens. May raise Cancelled."""
Check = Callable[[], None]
"""Called before anything is started. Raises Cancelled when the run is being stopped."""


class RecordedLab:
    """The interpreter's side of a recording. Holds nothing of the function in its public names."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def remaining(self) -> int:
        """Queries left of the budget."""
        return self._recording.lab.remaining

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one experiment and keep it in the transcript; waits for the container if it is not up yet."""
        return self._recording.run(code, seconds)

    def note(self, note: Note) -> None:
        """Keep a note in the transcript."""
        if not isinstance(note, Note):
            raise TypeError(
                f"a note is an object such as CustomNote(kind='idea', data={{}}) of findbench.harness.schema.notes, "
                f"not {type(note).__name__}"
            )
        self._recording.keep(note)


class Recording:
    """The harness's side during one attempt: the lab, the transcript, and what broke it.

    A context manager that closes the lab.
    """

    def __init__(self, lab: Lab, on_event: OnEvent, check: Check, transcript: list[Event]) -> None:
        """`transcript`: what experiments and notes are added to."""
        self.lab = lab
        self._transcript = transcript
        self._on_event = on_event
        self._check = check
        self._failure: BaseException | None = None
        self._starter = threading.Thread(target=self._start, name="lab-start", daemon=True)

    def __enter__(self) -> Recording:
        self._starter.start()  # a container takes a while, and so does a model's first reply: both at once
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starter.join()  # never close a lab that is half started: its container would stay
        self.lab.close()

    def _start(self) -> None:
        try:
            self.lab.start()
        except BaseException as error:
            self._failure = error

    def run(self, code: str, seconds: float | None) -> Result:
        """Run one experiment and keep it.

        Raises what the interpreter did wrong (TypeError, ValueError, UsageError), and InfrastructureError or
        EngineError when the lab broke.
        """
        if not isinstance(code, str):
            raise TypeError(f"an experiment is Python source text, not {type(code).__name__}")
        if seconds is not None and not (isinstance(seconds, (int, float)) and 0 < seconds < math.inf):
            raise ValueError(f"the time limit of an experiment is a positive number of seconds, not {seconds!r}")
        self._starter.join()
        self.raise_failure()
        self._check()
        try:
            result = self.lab.run(code, seconds=seconds)
        except UsageError:
            raise  # the interpreter asked for what the lab does not do: no fault of the lab's
        except (InfrastructureError, EngineError) as error:
            self._failure = error  # remembered: an interpreter that swallows it must not be scored for it
            raise
        except Exception as error:  # no socket, no disk space, a defect of ours: not the interpreter's failure either
            self._failure = InfrastructureError(f"the lab failed: {type(error).__name__}: {error}")
            raise self._failure from error
        self.keep(
            Experiment(
                code=code,
                stdout=result.stdout,
                status=result.status,
                queries=result.queries,
                seconds=result.seconds,
                truncated=result.truncated,
                stderr=result.stderr,
                state_kept=result.state_kept,
                limit=seconds,
            )
        )
        return result

    def keep(self, event: Event) -> None:
        """Add an event to the transcript."""
        self._transcript.append(event)
        self._on_event(event)

    def raise_failure(self) -> None:
        """Raise what broke the lab, if anything did, whatever the interpreter made of it."""
        if self._failure is not None:
            raise self._failure
