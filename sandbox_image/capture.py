"""What comes out of a pipe, up to a limit."""

from __future__ import annotations

import contextlib
import os


class Capture:
    """Reads a pipe, keeps the first `limit` bytes, counts the rest away."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor = descriptor
        self.limit = limit
        self.data = bytearray()
        self.truncated = False

    def read(self) -> bool:
        """Take what one read gives; False at the end of the pipe."""
        try:
            chunk = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            return True
        room = self.limit - len(self.data)
        self.data += chunk[:room]
        self.truncated |= len(chunk) > room
        return bool(chunk)

    def drain(self) -> None:
        """Take all that is there now; the writers are gone, so it ends."""
        for _ in range(64):
            before = len(self.data)
            if not self.read() or (len(self.data) == before and not self.truncated):
                return

    def at_end(self) -> bool:
        """Throw away what an earlier experiment's processes left; True when nobody can write any more."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.descriptor, 1 << 16):
                pass
            return True
        return False
