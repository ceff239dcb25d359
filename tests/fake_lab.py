"""A lab whose results are scripted: for the logic of protocols, where no code needs to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from findbench.harness.schema.notes import Note
from findbench.harness.schema.result import Result

N = TypeVar("N")


class FakeLab:
    """Keeps what was run and noted. Every experiment counts as one query."""

    def __init__(self, stdout: Callable[[str], str] | str = "42\n", *, budget: int = 1000, status: Any = "ok") -> None:
        self.ran: list[str] = []
        self.notes: list[Note] = []
        self.budget = budget
        self.status = status
        self._stdout = stdout

    @property
    def remaining(self) -> int:
        return self.budget - len(self.ran)

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        self.ran.append(code)
        stdout = self._stdout if isinstance(self._stdout, str) else self._stdout(code)
        return Result(stdout, self.status, 1, 0.01)

    def note(self, note: Note) -> None:
        self.notes.append(note)

    def noted(self, kind: type[N]) -> list[N]:
        return [note for note in self.notes if isinstance(note, kind)]
