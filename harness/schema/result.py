"""What a lab gives back: the result of an experiment, and the answers of submitted code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "error", "timeout", "memory", "killed"]
STATUSES: tuple[Status, ...] = ("ok", "error", "timeout", "memory", "killed")
Value = float | str | tuple[float, ...]
"""One input or output, as a plain value: a number, a text, a row of numbers."""


@dataclass(frozen=True)
class Result:
    """The result of one experiment."""

    stdout: str
    """UTF-8 with replacement, of at most `Limits.stdout_bytes` bytes; a note stands at the end when it was cut."""
    status: Status
    """`ok`; `error`: it raised; `timeout`; `memory`: it ran out; `killed`: its process ended before the code did."""
    queries: int
    """Queries of `f` that this experiment made."""
    seconds: float
    """Wall-clock seconds, measured on the host."""
    truncated: bool = False
    """Whether stdout was longer than the limit."""
    state_kept: bool = True
    """Whether the next experiment still has the variables of the earlier ones."""
    stderr: str = ""
    """Like `stdout`, of at most `Limits.stderr_bytes` bytes. For people: no model is shown it."""


@dataclass(frozen=True)
class Evaluation:
    """The answers of submitted code to a batch of inputs."""

    outputs: list[Value | None]
    """One answer per input, in order; None where the code raised, was late, or gave nothing of the kind asked for."""
    status: Status
    """As in `Result`; `error` too when the code answered some inputs, and raised or gave no answer for others."""
    error: str | None = None
    """The first error of the code, or the first output that was no answer, as a line of text of unknown origin."""
