"""The other processes of the container, as its process 1 sees and ends them (numbers in its own pid namespace)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
import time

LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE = 4
_RT_SIGACTION = {"x86_64": 13, "aarch64": 134}[os.uname().machine]
_DEFAULT, _IGNORE = 0, 1
_ending: set[int] = set()
"""Children that were killed and are not reaped yet: until then nobody else gets their numbers."""


def ignore_signals() -> None:
    """Have this process ignore every signal that can be ignored, whatever Python does with it.

    Not SIGCHLD: it does nothing, and whoever ignores it is not told how its children ended.
    """
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD):
            _set_action(number, _IGNORE)


def default_signals() -> None:
    """Undo `ignore_signals` in a fork: what a process that Python has just started does with signals.

    But for SIGHUP: gVisor sends it to every group of processes that nobody controls when one of them ends while another
    is stopped. A state that is stopped between experiments would end with it, now and then.
    """
    kept = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP)
    for number in range(1, 65):
        if number not in kept:
            _set_action(number, _DEFAULT)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _set_action(number: int, action: int) -> None:
    """`sigaction`, past libc, which keeps signals 32 and 33 to itself."""
    LIBC.syscall(_RT_SIGACTION, number, struct.pack("<QQQQ", action, 0, 0, 0), None, 8)


def set_dumpable(*, dumpable: bool) -> None:
    """Whether processes of the same user can open this one's memory and descriptors."""
    LIBC.prctl(_PR_SET_DUMPABLE, int(dumpable), 0, 0, 0)


def others() -> list[int]:
    """All processes of the container but the runner (numbers in its own pid namespace)."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def _kill_each(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def kill(child: int) -> None:
    """Kill a process that only this one can reap; its exit, which takes a while, need not be awaited."""
    _ending.add(child)
    _kill_each([child])


def kill_all_but(keep: int) -> None:
    """Kill every process but the runner and `keep`; several are stopped first, so that a fork bomb cannot outrun it.

    Their end is awaited: under gVisor a process that forks just then gets its child although SIGKILL is pending.
    """
    for _ in range(1000):
        pids = [pid for pid in others() if pid != keep and pid not in _ending]
        if not any(map(alive, pids)):
            break
        if len(pids) > 1:
            for pid in pids:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGSTOP)
        _kill_each(pids)
        reap()
        time.sleep(0.0005)
    reap()


def reap() -> None:
    """Take the exit codes of children that ended, so that they are gone."""
    with contextlib.suppress(OSError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            _ending.discard(pid)


def await_ending() -> None:
    """Wait until the children that `kill` killed are gone, for at most a second."""
    for _ in range(2000):
        reap()
        if not _ending:
            return
        time.sleep(0.0005)


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)  # a file object would ask the kernel six things more
        try:
            return os.read(descriptor, 1024).rsplit(b") ", 1)[1][:1] not in b"ZX"
        finally:
            os.close(descriptor)
    except (OSError, IndexError):
        return False


def oom_kills() -> int:
    """How often the kernel's out-of-memory killer struck in this container; 0 where it is not told."""
    for path in ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events"):
        with contextlib.suppress(OSError, ValueError), open(path) as file:
            for line in file:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0
