"""What an interpreter is: what it may know, what it works with, what it hands in; and the table of those that exist."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from functions.base import Category, Kind
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.lab import Result
    from harness.model import ChatClient

Prior = Literal["none", "category", "families"]
"""How much a brief gives away: the types of `f` alone, its kind of function too, or the families it may be of too."""


class Interpretation(BaseModel):
    """What an interpreter submits, once: free text, free text, and Python that defines `predict(x)` (or `TABLE`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    domain: str = ""
    code: str = ""


class Brief(BaseModel):
    """All that an interpreter may know of a function before it asks. Equal for every variant of a category."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Category
    input_kind: Kind
    output_kind: Kind
    budget: int = Field(default=1000, ge=0, description="queries to `f` in the whole episode")
    rounds: int = Field(
        default=20, ge=1, description="replies of a language model in the whole episode, forced one apart"
    )
    prior: Prior = "category"
    exemplar_inputs: tuple[float, ...] | tuple[str, ...] = Field(
        default=(), description="inputs that show the function off, for the interpreters that start from exemplars"
    )
    seconds: float = Field(default=30.0, gt=0, description="time limit of one experiment")
    seed: int = Field(default=0, ge=0, description="of the episode; the only source of randomness of an interpreter")


class LabLike(Protocol):
    """The lab as an interpreter sees it. Also where an interpreter leaves what it wants kept in the transcript."""

    @property
    def remaining(self) -> int:
        """Queries left of the budget."""

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        """Run one experiment; `f`, `np` and the variables of earlier experiments are there."""

    def note(self, kind: str, data: dict[str, Any]) -> None:
        """Keep an event in the transcript, JSON values only. The language-model interpreters leave these kinds:

        `message` {role, content, reasoning?, tool_calls?}: everything said, in order, except experiments' outputs,
        which the transcript has already; `usage` {prompt_tokens, completion_tokens, reasoning_tokens, cost, seconds};
        `retry` {why, attempt, seconds}; `reminder` {why}; `trimmed` {what}: no longer sent, for
        the context is full; `forced` {why}: what follows was asked for at the end of the rounds.
        """


@runtime_checkable
class Interpreter(Protocol):
    """Studies one function through one lab. May be called from many threads at once, one episode each."""

    name: str

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """One episode. Raises `ModelError` when its language model failed."""


@runtime_checkable
class Preparing(Protocol):
    """An interpreter that wants a look at the world before the first episode. `findbench run` gives it one."""

    def prepare(self) -> str:
        """Said to the person as a line. Raises FatalModelError when no episode could succeed."""


class InterpreterSettings(BaseModel):
    """What a person may choose about an interpreter; recorded in run.json. Classical interpreters ignore it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Literal["auto", "native", "text"] = Field(
        default="auto", description="how a model runs experiments: native tool calls, plain text, or find out once"
    )
    code: bool = Field(default=True, description="False: the model only names inputs and gets values (--no-code)")
    prompts: Path | None = Field(default=None, description="directory with one's own prompt files, instead of ours")
    reminders: int = Field(default=3, ge=0, description="format reminders in one episode before it is asked to submit")


NAMES: dict[str, str] = {
    "scientist": "harness.interpreters.scientist:Scientist",
    "aia": "harness.interpreters.aia:Aia",
    "milan": "harness.interpreters.milan:Milan",
    "aia+exemplars": "harness.interpreters.aia:AiaWithExemplars",
    "constant": "harness.interpreters.baselines:Constant",
    "line": "harness.interpreters.baselines:Line",
    "cubic": "harness.interpreters.baselines:Cubic",
    "nearest": "harness.interpreters.baselines:Nearest",
    "identity": "harness.interpreters.baselines:Identity",
    "nothing": "harness.interpreters.baselines:Nothing",
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
