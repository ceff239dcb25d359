"""Replies kept on disk, by everything that decides them: for hidden functions, not for interpreters and judges."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from findbench.harness import private
from findbench.harness.errors import UsageError
from findbench.harness.model.replies import Reply
from findbench.harness.schema.usage import Usage

if TYPE_CHECKING:
    from findbench.harness.model.client import ChatClient, Message


def default_directory() -> Path:
    """`$XDG_CACHE_HOME/findbench/lm`, mostly ~/.cache/findbench/lm."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "findbench" / "lm"


class ChatCache:
    """A directory of replies, its owner's alone. Safe for many threads and processes: a file is renamed when whole."""

    def __init__(self, client: ChatClient, directory: Path | None = None) -> None:
        """Raises UsageError when the directory cannot be made."""
        self.client = client
        self.directory = directory or default_directory()
        try:
            private.make_directory(self.directory)
        except OSError as error:
            raise UsageError(f"cannot write the reply cache {self.directory}: {error.strerror}") from error

    def chat(self, messages: Sequence[Message], **parameters: Any) -> Reply:
        """As `ChatClient.chat` with the parameters of `ChatClient.asked`; a reply that is known costs nothing.

        Filtered and cut replies are kept as well.
        """
        path = self._path(self.client.asked(messages, **parameters))
        try:
            # Without its usage, which older versions wrote too: a reply that is known costs nothing.
            return Reply.model_validate(json.loads(path.read_bytes()) | {"usage": Usage()})
        except (FileNotFoundError, ValueError, TypeError):
            pass  # not there, or no reply of ours: ask (again)
        reply = self.client.chat(messages, **parameters)
        private.make_directory(path.parent)
        private.replace(path, reply.model_dump_json(exclude={"usage"}), prefix=".new-")
        return reply

    def _path(self, asked: tuple[dict[str, Any], dict[str, Any]]) -> Path:
        """Where the reply is kept. The server is part of the key: two may call different models by one name."""
        server = self.client.settings.url.rstrip("/")
        digest = hashlib.sha256(json.dumps([server, *asked], sort_keys=True).encode()).hexdigest()
        return self.directory / digest[:2] / f"{digest}.json"
