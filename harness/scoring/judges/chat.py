"""What the judges that ask a language model have in common."""

from __future__ import annotations

from typing import Any, Protocol

from harness.model.replies import Reply
from harness.scoring.judges.neutral import neutral


class Chat(Protocol):
    """What a judge needs of a client: `harness.model.ChatClient`, or its cache."""

    def chat(self, messages: Any, *, temperature: float | None = None, seed: int | None = None) -> Reply:
        """One reply to `messages`."""


def shown_description(description: str) -> str:
    """A submitted description as it may stand between the tags of a prompt: it cannot close them."""
    return neutral(description).replace("<", "＜") if description else ""
