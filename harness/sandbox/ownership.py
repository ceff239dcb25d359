"""Who owns a container or a socket directory: tokens of processes that cannot be confused, and where sockets lie."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import stat
import tempfile
from functools import lru_cache
from pathlib import Path

from findbench.harness.errors import EngineError

OWNER_LABEL = "findbench.owner"
"""Label of every container of ours; its value is the owner token of the process that made it."""
MAX_SOCKET_PATH = 107
"""Longest path of a unix socket on Linux, in bytes."""
TOKEN = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})-(\d+)\Z")


def owner_token(pid: int | None = None) -> str:
    """Names a process (by default this one) so that it cannot be confused with a later one of the same number.

    `<pid>-<start time in clock ticks>-<boot id, 8 digits>-<inode of its pid namespace>`.
    """
    pid = os.getpid() if pid is None else pid
    return f"{pid}-{_start_ticks(pid)}-{_boot_id()}-{_pid_namespace()}"


def _start_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    if fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return int(fields[19])  # field 22 of proc(5), counted from the state, which is field 3


@lru_cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]


@lru_cache
def _pid_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def owner_alive(token: str) -> bool:
    """Whether the process that `token` names still runs. What cannot be known counts as alive; garbage is dead.

    For what lies on this machine: a process of another boot id is of this machine before it was started anew, and dead.
    """
    match = TOKEN.match(token)
    if match is None:
        return False
    pid, ticks, boot, namespace = int(match[1]), int(match[2]), match[3], int(match[4])
    if boot != _boot_id():
        return False
    if namespace != _pid_namespace():
        return True  # another container of this machine shares the engine; its processes are not ours to judge
    try:
        return _start_ticks(pid) == ticks
    except PermissionError:
        return True
    except (OSError, IndexError, ValueError):
        return _hidden(pid)


def abandoned(token: str, state: str) -> bool:
    """Whether a container of the owner `token`, in the state that the engine says, may be removed by anybody.

    An engine may have clients on several machines, and each knows only its own processes. Of an owner with another boot
    id, on another machine or on this one before it was started anew, only what has ended is removed: labs end with the
    connection to their owner, or with the machine they run on.
    """
    match = TOKEN.match(token)
    if match is not None and match[3] != _boot_id():
        return state in ("exited", "dead")
    return not owner_alive(token)


def _hidden(pid: int) -> bool:
    """Whether `pid` exists though /proc does not show it (mounted with hidepid)."""
    if Path(f"/proc/{pid}").exists():
        return False  # visible, so what was read about it counts: a zombie, or gone in between
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def socket_root() -> Path:
    """The directory of this user's socket directories, mode 0700: other users cannot reach what is below it.

    Raises EngineError when something that is not ours stands in its place.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = runtime.startswith("/") and len(runtime) < 30 and os.access(runtime, os.W_OK)
    root = Path(runtime) / "labs" if usable else Path(_short_tmp()) / f"labs-{os.getuid()}"  # seen inside a lab
    with contextlib.suppress(FileExistsError):
        root.mkdir(mode=0o700)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EngineError(f"{root} is not a directory of this user; remove it, labs keep their sockets there")
    if stat.S_IMODE(found.st_mode) != 0o700:
        root.chmod(0o700)
    return root


def _short_tmp() -> str:
    """The temporary directory, or /tmp where its path would make a socket's path too long."""
    path = tempfile.gettempdir()
    return path if len(path) < MAX_SOCKET_PATH - 80 else "/tmp"  # noqa: S108 - made 0700 and checked above


@atexit.register
def _leave() -> None:
    """Remove this process's socket directory when no lab is left in it."""
    with contextlib.suppress(OSError, EngineError):
        (socket_root() / owner_token()).rmdir()
