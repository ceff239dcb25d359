"""The table of the interpreters that findbench brings, and how one is loaded: by its name, or as module:Class."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from findbench.functions.discovery import load_object
from findbench.harness.errors import FindbenchError, UsageError
from findbench.harness.interpreters.base import Interpreter, needs_of

if TYPE_CHECKING:
    from findbench.harness.model.client import ChatClient
    from findbench.harness.schema.brief import InterpreterSettings


class Entry(NamedTuple):
    """One interpreter of the table."""

    path: str
    """Where it is, as `module:Class`; imported only when it is used."""
    help: str
    """One line for a person who chooses."""
    needs_model: bool = False
    """Whether it works through a `ChatClient` and cannot do without one."""


_HERE = "findbench.harness.interpreters"
INTERPRETERS: dict[str, Entry] = {
    "scientist": Entry(f"{_HERE}.scientist:Scientist", "a classical program that knows the families of functions"),
    "aia": Entry(f"{_HERE}.agent:Aia", "a language model that runs experiments", needs_model=True),
    "milan": Entry(f"{_HERE}.agent:Milan", "a language model that sees exemplars only", needs_model=True),
    "aia+exemplars": Entry(
        f"{_HERE}.agent:AiaWithExemplars", "a language model that sees exemplars and runs experiments", needs_model=True
    ),
    "constant": Entry(f"{_HERE}.baselines:Constant", "the mean, or the most frequent text, of what it observed"),
    "line": Entry(f"{_HERE}.baselines:Line", "a straight line by least squares (numeric functions only)"),
    "cubic": Entry(f"{_HERE}.baselines:Cubic", "a cubic by least squares (numeric functions only)"),
    "nearest": Entry(f"{_HERE}.baselines:Nearest", "the output of the nearest input that it observed"),
    "memoriser": Entry(f"{_HERE}.memoriser.memoriser:Memoriser", "a table of what it asked, without any hypothesis"),
    "known-form": Entry(
        f"{_HERE}.known_form:KnownForm", "least squares with the true family, which it is told (numeric)"
    ),
    "identity": Entry(f"{_HERE}.baselines:Identity", "the input itself, or the length of a text; asks nothing"),
    "nothing": Entry(f"{_HERE}.baselines:Nothing", "no submission at all"),
}
"""Name on the command line -> what it is. A new interpreter is one more line."""


def load_interpreter(name: str, settings: InterpreterSettings, client: ChatClient | None = None) -> Interpreter:
    """The interpreter called `name`, or the one at `module:Class`.

    A class with a classmethod `from_settings(settings, client)` is made by that, any other class or function by calling
    it without arguments; an object that is an interpreter already is taken as it is. Raises UsageError, one line, when
    there is no such interpreter, when it cannot be imported or made, or when it needs a model and `client` is None.
    """
    entry = INTERPRETERS.get(name)
    if entry is None and ":" not in name:
        raise UsageError(_unknown(name))
    if entry is not None and entry.needs_model and client is None:
        raise UsageError(
            f"interpreter {name!r} needs a language model: give --model (and --base-url for a local server)"
        )
    found = _imported(name, entry.path if entry else name)
    interpreter = _made(name, found, settings, client)
    if not isinstance(interpreter, Interpreter):
        raise UsageError(
            f"{name!r} is not an interpreter: it gave an object of type {type(interpreter).__name__}, which lacks a "
            "`name` or `interpret(lab, brief)`"
        )
    needs_of(interpreter)  # refused before the first episode, if it needs what there is not
    return interpreter


def _unknown(name: str) -> str:
    similar = get_close_matches(name, INTERPRETERS, n=1)
    meant = f"; did you mean {similar[0]!r}?" if similar else "."
    return f"there is no interpreter {name!r}{meant} Choose one of {', '.join(INTERPRETERS)}, or give module:Class."


def _imported(name: str, path: str) -> Any:
    """What stands at `path`. A person's own module may fail in any way; that too is one line."""
    module, _, attribute = path.partition(":")
    if not module or not attribute or module.endswith(".py"):
        raise UsageError(f"cannot load interpreter {name!r}: write it as module:Class, with the module as in an import")
    try:
        return load_object(path)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):  # not one that the module imports
            raise UsageError(
                f"cannot load interpreter {name!r}: there is no module {error.name!r}, neither in the current "
                "directory nor installed"
            ) from error
        raise UsageError(f"cannot load interpreter {name!r}: {_line(error)}") from error
    except (Exception, SystemExit) as error:
        raise UsageError(f"cannot load interpreter {name!r}: {_line(error)}") from error


def _made(name: str, found: Any, settings: InterpreterSettings, client: ChatClient | None) -> Any:
    if isinstance(found, Interpreter) and not isinstance(found, type):
        return found
    if not callable(found):
        raise UsageError(f"{name!r} is not an interpreter: it is an object of type {type(found).__name__}")
    factory = getattr(found, "from_settings", None)
    try:
        return factory(settings, client) if factory else found()
    except FindbenchError:
        raise
    except (Exception, SystemExit) as error:
        how = "from_settings(settings, client)" if factory else "a call without arguments"
        raise UsageError(f"cannot make interpreter {name!r} by {how}: {_line(error)}") from error


def _line(error: BaseException) -> str:
    """The error in one line."""
    words = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
