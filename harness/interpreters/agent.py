"""The language-model interpreter, one model behind one set of prompts, and FIND's three kinds of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Self

from findbench.harness.errors import FatalModelError, ModelError
from findbench.harness.interpreters.agent_loop import AgentLoop
from findbench.harness.interpreters.prompts import Prompts
from findbench.harness.interpreters.protocols import ProtocolName, detect_protocol, tools
from findbench.harness.model.failures import NoTools
from findbench.harness.schema.brief import Brief, Interpretation, InterpreterSettings

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike, Need
    from findbench.harness.model.client import ChatClient


class Agent:
    """Holds nothing of an episode, so that many threads may share it and nothing can leak from one to another."""

    name: ClassVar[str]
    interactive: ClassVar[bool]
    """Whether it may experiment."""
    needs: ClassVar[frozenset[Need]] = frozenset()
    """With exemplars it is shown what `f` gives for them at the start; they count as queries."""

    def __init__(self, client: ChatClient, settings: InterpreterSettings | None = None) -> None:
        """Raises UsageError when the person's own prompts cannot be used."""
        self.client = client
        self.settings = settings or InterpreterSettings()
        self.prompts = Prompts(self.settings.prompts)
        self.prompt_version = self.prompts.version()
        self._protocol: ProtocolName | None = None if self.settings.protocol == "auto" else self.settings.protocol
        self._detecting = threading.Lock()

    @classmethod
    def from_settings(cls, settings: InterpreterSettings, client: ChatClient) -> Self:
        """The factory that `load_interpreter` calls."""
        return cls(client, settings)

    def prepare(self) -> str:
        """Make one request before the first episode, and say in one line which protocol the model speaks.

        Raises FatalModelError when no episode could succeed: no server, no such model, a key that is not accepted.
        """
        how = "as chosen" if self._protocol else "detected"
        try:
            if self._protocol == "text":
                self.client.chat([{"role": "user", "content": self.prompts("probe_text")}], retries=2)
            elif self._protocol == "native":
                offered = tools(self.prompts, code=True, interactive=True)
                self.client.chat([{"role": "user", "content": self.prompts("probe")}], tools=offered, retries=2)
            protocol = self.protocol()
        except FatalModelError:
            raise
        except NoTools as error:
            raise FatalModelError(f"{error} (use --protocol text)") from None
        except ModelError as error:
            raise FatalModelError(f"{error} (is the server up? see --base-url)") from None
        means = "native tool calls" if protocol == "native" else "plain text"
        return f"{self.client.settings.model} at {self.client.settings.url} uses {means} ({how})"

    def protocol(self) -> ProtocolName:
        """The protocol in use; with `auto` one request detects it, once. Raises ModelError."""
        with self._detecting:  # episodes that start at once must not each ask
            if self._protocol is None:
                self._protocol = detect_protocol(self.client, self.prompts)
            return self._protocol

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Play one episode. Raises ModelError; what the model had submitted before it failed is not lost."""
        return AgentLoop(self, lab, brief).run()


class Aia(Agent):
    """`aia`, the interactive agent of FIND: starts from the brief alone and experiments before it submits."""

    name: ClassVar[str] = "aia"
    interactive: ClassVar[bool] = True


class AiaWithExemplars(Agent):
    """`aia+exemplars`, FIND's hybrid: starts from exemplars, then experiments."""

    name: ClassVar[str] = "aia+exemplars"
    interactive: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"exemplars"})


class Milan(Agent):
    """`milan`, after MILAN (Hernandez et al., 2022) as FIND uses it: sees exemplars, submits, never experiments."""

    name: ClassVar[str] = "milan"
    interactive: ClassVar[bool] = False
    needs: ClassVar[frozenset[Need]] = frozenset({"exemplars"})
