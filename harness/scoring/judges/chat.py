"""What the judges that ask a language model have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from findbench.harness.scoring.judges.neutral import neutral

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.model.replies import Reply
    from findbench.harness.scoring.judges.verdict import Verdict


class Chat(Protocol):
    """What a judge needs of a client: `findbench.harness.model.ChatClient`, or its cache."""

    def chat(self, messages: Any, *, temperature: float | None = None, seed: int | None = None) -> Reply:
        """One reply to `messages`."""


class ModelJudge(ABC):
    """A judge that asks a model."""

    name: str

    def __init__(self, client: Chat) -> None:
        self._client = client

    def score(self, function: Function, description: str, *, seed: int) -> float | None:
        """`examine(...).share`. Raises ModelError when the model failed."""
        return self.examine(function, description, seed=seed).share

    @abstractmethod
    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """Ask about one description. What is asked derives from seed and function, not from the description."""


def shown_description(description: str) -> str:
    """A submitted description as it may stand between the tags of a prompt: it cannot close them."""
    return neutral(description).replace("<", "＜") if description else ""


def without_fence_end(reply: str) -> str:
    """A reply whose end is read, without the mark that ends a fenced block and without white space there."""
    return reply.rstrip().removesuffix("```").rstrip()
