"""A real lab that keeps what an interpreter notes, as an episode's does: an interpreter can be called with it."""

from __future__ import annotations

from findbench.functions.base import Function
from findbench.harness.lab.lab import Lab
from findbench.harness.schema.notes import Note


class NotedLab(Lab):
    """A `Lab` that is `LabLike` too."""

    def __init__(self, function: Function, *, budget: int, seed: int = 0) -> None:
        super().__init__(function, budget=budget, seed=seed)
        self.notes: list[Note] = []

    def note(self, note: Note) -> None:
        self.notes.append(note)
