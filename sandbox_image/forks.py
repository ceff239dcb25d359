"""What every fork that runs code from outside does first, and the codes it may end with."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import sys
import time

from .processes import set_dumpable

COMPLETE_EXIT = 98
"""Exit code of an evaluation that reached its end (0 is what code that leaves early likes to say)."""
MEMORY_EXIT = 97
"""Exit code of code that ran out of memory."""
FORK_TRIES = 300
FORK_PAUSE_SECONDS = 0.01
"""Code may have left no room for a process; those that were killed need a moment to be gone."""
_streams: dict[str, io.TextIOWrapper] = {}
"""By the name in `sys`, as they were made here."""


def fork() -> int:
    """As `os.fork`, once there is room for a process; when there is none for seconds, this one ends."""
    for _ in range(FORK_TRIES):
        try:
            return os.fork()
        except OSError:
            time.sleep(FORK_PAUSE_SECONDS)
    os._exit(1)


def become_fork(memory_bytes: int, *, own_kernel: bool) -> None:
    """What a fork of the runner does once: limits, and to be the first one to go when memory is short.

    `own_kernel`: the runtime's (gVisor's) and not Linux; it limits what is mapped, and not data.
    """
    set_dumpable(dumpable=True)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        if own_kernel:
            with open("/proc/self/statm") as file:
                most = memory_bytes + int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
    set_dumpable(dumpable=False)


def silence(descriptor: int) -> None:
    """Whatever is written to `descriptor` from now on goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)


def open_streams() -> None:
    """`sys.stdout` and `sys.stderr` as they were made here before, else anew: an experiment may replace or close them.

    Unbuffered: when an experiment is killed, what it had printed has already left the process.
    """
    _open("stdout", 1, "replace")
    _open("stderr", 2, "backslashreplace")


def _open(name: str, descriptor: int, errors: str) -> None:
    made = _streams.get(name)
    with contextlib.suppress(ValueError):  # detached
        if made is not None and not made.closed and getattr(sys, name, None) is made:
            return  # making one takes a tenth of an experiment
    raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115
    stream = io.TextIOWrapper(raw, encoding="utf-8", errors=errors, newline="\n", write_through=True)
    _streams[name] = stream
    setattr(sys, name, stream)
