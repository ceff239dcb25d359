"""What every fork that runs code from outside does first, and the codes it may end with."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import sys

from .processes import set_dumpable

COMPLETE_EXIT = 98
"""Exit code of an evaluation that reached its end (0 is what code that leaves early likes to say)."""
MEMORY_EXIT = 97
"""Exit code of code that ran out of memory."""
_stdout: io.TextIOWrapper | None = None


def become_fork(memory_bytes: int, *, limit_address_space: bool) -> None:
    """What a fork of the runner does once: limits, and to be the first one to go when memory is short.

    `limit_address_space`: also by what is mapped, where the kernel (gVisor's) does not limit data.
    """
    set_dumpable(dumpable=True)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        if limit_address_space:
            with open("/proc/self/statm") as file:
                most = memory_bytes + int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    set_dumpable(dumpable=False)


def silence(descriptor: int) -> None:
    """Whatever is written to `descriptor` from now on goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)


def open_stdout() -> None:
    """`sys.stdout` as it was made here before, else anew: whoever replaced or closed it did so for one experiment.

    Unbuffered: when an experiment is killed, what it had printed has already left the process.
    """
    global _stdout
    with contextlib.suppress(ValueError):  # detached
        if _stdout is not None and sys.stdout is _stdout and not _stdout.closed:
            return  # making one takes a tenth of an experiment
    raw = open(1, "wb", buffering=0, closefd=False)  # noqa: SIM115
    _stdout = io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="\n", write_through=True)
    sys.stdout = _stdout
