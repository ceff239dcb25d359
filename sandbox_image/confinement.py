"""What a process that runs submitted code takes from itself first: the power to leave anything behind.

Submitted code answers its inputs in batches, each in a process of its own. Whatever one of them could create, change
or count would tell the next one something: a file, a time stamp, a process number, a priority. So each process puts
two things on itself before the code is even compiled:

- a seccomp filter (seccomp(2)): an allow-list of system calls with which nothing can be made that outlives the process.
  Files can be opened for reading only; there is no new process, thread, socket, pipe, timer, signal or limit.
- a Landlock domain (landlock(7)), where the kernel has it: only the image's programs and libraries can be opened.
  `/proc`, `/sys` and `/tmp`, which count and show what other processes did, cannot.

Both are given up by nobody: they hold for the process until it ends.
"""

from __future__ import annotations

import os

from . import landlock
from .filters import ALLOW, NOT_THERE, REFUSE, Filter, answer, one_of, only_bits, when, zero

_CALLS = {  # name: number on x86_64 (None: not there), number on aarch64
    # files that are open, or can be opened for reading
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "write": (1, 64),
    "writev": (20, 66),
    "close": (3, 57),
    "close_range": (436, 436),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    # memory
    "brk": (12, 214),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    # the process itself
    "exit": (60, 93),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrandom": (318, 278),
    "getrlimit": (97, None),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "sigaltstack": (131, 132),
    "times": (100, 153),
    "uname": (63, 160),
    # the clock, and waiting
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169),
    "nanosleep": (35, 101),
    "poll": (7, None),
    "ppoll": (271, 73),
    "pselect6": (270, 72),
    "select": (23, None),
    "time": (201, None),
}
"""System calls that submitted code may make whatever their arguments."""
_READING = os.O_CLOEXEC | os.O_NONBLOCK | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NOCTTY
"""Flags of `open` that may stand beside O_RDONLY, which is 0."""
_DUPLICATING = (0, 1, 2, 3, 1030)
"""Commands of `fcntl`: F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC."""
_CLOSED_ON_EXEC = (0x5451, 0x5450)
"""Requests of `ioctl`: FIOCLEX, FIONCLEX."""
_OWN_USE = (0, 1)
"""Whose use `getrusage` may tell: RUSAGE_SELF, RUSAGE_THREAD."""


def _filter() -> Filter:
    return Filter(
        *(when(numbers, answer(ALLOW)) for numbers in _CALLS.values()),
        when((257, 56), only_bits(2, _READING)),  # openat
        when((2, None), only_bits(1, _READING)),  # open
        when((72, 25), one_of(1, _DUPLICATING)),  # fcntl
        when((16, 29), one_of(1, _CLOSED_ON_EXEC)),  # ioctl
        when((98, 165), one_of(0, _OWN_USE)),  # getrusage
        when((302, 261), zero(0, 2)),  # prlimit64: limits of one's own can be read, none set
        when((435, 435), answer(NOT_THERE)),  # clone3: libc then tries clone, which is refused
        answer(REFUSE),
    )


class Confinement:
    """What is the same for every process that confines itself: made once, by the process that they are forks of."""

    def __init__(self) -> None:
        self._filter = _filter()
        self._domain = landlock.reading_the_image()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a fork must leave open until it has entered."""
        return () if self._domain < 0 else (self._domain,)

    def enter(self) -> None:
        """Confine this process, as far as kernel and runtime let it; for good."""
        if self._domain >= 0:
            landlock.enter(self._domain)
        self._filter.enter()
