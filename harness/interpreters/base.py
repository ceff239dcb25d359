"""What an interpreter is: what it works with, what it hands in, and what it may do before the first episode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, get_args, runtime_checkable

from findbench.harness.errors import UsageError

if TYPE_CHECKING:
    from findbench.harness.schema.brief import Brief, Interpretation
    from findbench.harness.schema.notes import Note
    from findbench.harness.schema.result import Result


Need = Literal["exemplars", "form"]
"""What an interpreter may declare to need in its briefs: inputs that show the function well, or its true form."""


class LabLike(Protocol):
    """The lab as an interpreter sees it. Also where an interpreter leaves what it wants kept in the transcript."""

    @property
    def remaining(self) -> int:
        """Number of queries that are left."""

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one experiment, in which `f`, `np` and the variables of earlier experiments exist."""

    def note(self, note: Note) -> None:
        """Keep a note in the transcript: `CustomNote(kind="idea", data={...})`, or another of harness/schema/notes.py.

        The usage of the episode is the sum of its `UsageNote`s.
        """


@runtime_checkable
class Interpreter(Protocol):
    """Studies one function through one lab. `interpret` is called from many threads at once, one episode each.

    One that starts from exemplars says so by a class attribute, `needs = frozenset({"exemplars"})`: only then does a
    brief hold any (see `Need`).
    """

    name: str
    """Its name, for people. Reports name it as `--interpreter` did."""

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Study one function and submit once. Raises `ModelError` when the interpreter's language model failed."""


@runtime_checkable
class Preflight(Protocol):
    """An interpreter that checks something before the first episode; `findbench run` calls it once."""

    def prepare(self) -> str:
        """Return one line for the person. Raises FatalModelError when no episode could succeed."""


def needs_of(interpreter: Interpreter) -> frozenset[Need]:
    """What the interpreter declares to need in its briefs. Raises UsageError for what no brief can give."""
    needs: frozenset[Need] = frozenset(getattr(interpreter, "needs", ()))
    if unknown := needs - set(get_args(Need)):
        raise UsageError(
            f"interpreter {interpreter.name!r} needs {sorted(map(str, unknown))[0]!r}, which no brief holds: its "
            f"`needs` may name {' and '.join(get_args(Need))}"
        )
    return needs
