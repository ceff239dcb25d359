"""Files and directories of the harness's own: their owner's alone, whatever the umask says.

Run directories hold what hidden functions are and the secret that held-out inputs derive from; caches hold what models
said. A directory that exists keeps the rights that it has: the person who made it decided.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

DIRECTORY, FILE = 0o700, 0o600


def make_directory(path: Path) -> None:
    """Make `path` and what is missing above it. Raises OSError."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(mode=DIRECTORY, exist_ok=True)  # never readable for others, not for a moment
    path.chmod(DIRECTORY)  # and writable for the owner under a umask that takes that away


def open_file(path: Path, flags: int) -> int:
    """A descriptor of `path`, made if `flags` say so; the owner's alone if it is ours. Raises OSError (a link, too)."""
    handle = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, FILE)
    if os.fstat(handle).st_uid == os.geteuid():
        os.fchmod(handle, FILE)
    return handle


def replace(path: Path, text: str, *, prefix: str, suffix: str = "") -> None:
    """Write `text` aside, sync it and rename it to `path`: whoever reads sees the old file or the new one.

    Raises OSError; the old file is as it was then, and nothing else is left.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=suffix)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(handle, FILE)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
