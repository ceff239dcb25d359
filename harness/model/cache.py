"""Replies kept on disk, keyed by model, prompt and parameters: for hidden functions and judges, not interpreters."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    """A directory of replies. Safe for many threads and processes: a file is written aside, synced and renamed."""

    def __init__(self, client: ChatClient, directory: Path | None = None) -> None:
        """Raises UsageError when the directory cannot be made."""
        self.client = client
        self.directory = directory or default_directory()
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write the reply cache {self.directory}: {error.strerror}") from error

    def chat(self, messages: Sequence[Message], **parameters: Any) -> Reply:
        """As `ChatClient.chat`; a reply that is known costs nothing. Filtered and cut replies are kept as well."""
        path = self._path(messages, parameters)
        try:
            # Without its usage, which older versions wrote too: a reply that is known costs nothing.
            return Reply.model_validate(json.loads(path.read_bytes()) | {"usage": Usage()})
        except (FileNotFoundError, ValueError, TypeError):
            pass  # not there, or no reply of ours: ask (again)
        reply = self.client.chat(messages, **parameters)
        path.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(reply.model_dump_json(exclude={"usage"}))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        return reply

    def _path(self, messages: Sequence[Message], parameters: dict[str, Any]) -> Path:
        settings = self.client.settings
        asked = {"temperature": settings.temperature, "max_tokens": settings.max_reply_tokens} | parameters
        key = json.dumps([settings.model, [dict(message) for message in messages], asked], sort_keys=True)
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self.directory / digest[:2] / f"{digest}.json"
