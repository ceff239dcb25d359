"""What an interpreter is: what it may know, what it works with, what it hands in; and the table of those that exist."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from findbench.harness.errors import UsageError
from findbench.harness.schema import Brief, Interpretation, InterpreterSettings, Note, Result

if TYPE_CHECKING:
    from findbench.harness.model import ChatClient


class LabLike(Protocol):
    """The lab as an interpreter sees it. Also where an interpreter leaves what it wants kept in the transcript."""

    @property
    def remaining(self) -> int:
        """Queries left of the budget."""

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one experiment; `f`, `np` and the variables of earlier experiments are there."""

    def note(self, note: Note) -> None:
        """Keep a note in the transcript: `CustomNote(kind="idea", data={...})`, or another of harness/schema/notes.py.

        The episode's usage is the sum of its `UsageNote`s.
        """


@runtime_checkable
class Interpreter(Protocol):
    """Studies one function through one lab. May be called from many threads at once, one episode each."""

    name: str

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """One episode. Raises `ModelError` when its language model failed."""


@runtime_checkable
class Preflight(Protocol):
    """An interpreter that wants a look at the world before the first episode. `findbench run` gives it one."""

    def prepare(self) -> str:
        """Said to the person as a line. Raises FatalModelError when no episode could succeed."""


NAMES: dict[str, str] = {
    "scientist": "findbench.harness.interpreters.scientist:Scientist",
    "aia": "findbench.harness.interpreters.aia:Aia",
    "milan": "findbench.harness.interpreters.milan:Milan",
    "aia+exemplars": "findbench.harness.interpreters.aia:AiaWithExemplars",
    "constant": "findbench.harness.interpreters.baselines:Constant",
    "line": "findbench.harness.interpreters.baselines:Line",
    "cubic": "findbench.harness.interpreters.baselines:Cubic",
    "nearest": "findbench.harness.interpreters.baselines:Nearest",
    "identity": "findbench.harness.interpreters.baselines:Identity",
    "nothing": "findbench.harness.interpreters.baselines:Nothing",
}
"""Name on the command line -> `module:Class`."""

NEEDS_MODEL = frozenset({"aia", "milan", "aia+exemplars"})
"""The interpreters of the table that cannot work without a `ChatClient`."""


def load_interpreter(name: str, settings: InterpreterSettings, client: ChatClient | None = None) -> Interpreter:
    """The interpreter called `name`, or the one at `module:Class`.

    A class with a classmethod `from_settings(settings, client)` is made by it, any other without arguments.
    Raises UsageError: no such interpreter, or it needs a model and `client` is None.
    """
    path = NAMES.get(name, name)
    module_name, colon, class_name = path.partition(":")
    if not colon or not module_name or not class_name:
        raise UsageError(
            f"unknown interpreter {name!r}: choose one of {', '.join(NAMES)}, or give your own as module:Class"
        )
    if name in NEEDS_MODEL and client is None:
        raise UsageError(
            f"interpreter {name!r} needs a language model: give --model (and --base-url for a local server)"
        )
    try:
        made = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"cannot load interpreter {name!r}: {str(error).splitlines()[0]}") from error
    factory = getattr(made, "from_settings", None)
    interpreter = factory(settings, client) if factory else made()
    if not isinstance(interpreter, Interpreter):
        raise UsageError(f"{name!r} is no interpreter: it needs a `name` and `interpret(lab, brief)`")
    return interpreter
