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

import contextlib
import ctypes
import os
import struct

from .processes import LIBC

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
"""What a filter answers: go on; fail with EPERM; end the process."""
NOT_THERE = 0x00050000 | 38
"""Fail with ENOSYS: libc then tries an older call."""
X86_64, AARCH64 = 0xC000003E, 0xC00000B7
"""Names of machines, as the kernel tells them to a filter (`AUDIT_ARCH_*`)."""

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

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
"""Offsets in what the kernel shows a filter (`struct seccomp_data`); an argument has 8 bytes, the low half first."""


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _argument(index: int, *, high: bool = False) -> bytes:
    return _step(_LOAD, _ARGUMENTS + 8 * index + 4 * high)


def _when(number: int, then: bytes) -> bytes:
    """`then` (it ends with an answer) for the system call `number`; others go on behind it."""
    return _step(_EQUAL, number, 0, len(then) // 8) + then


def _one_of(index: int, values: tuple[int, ...]) -> bytes:
    """Allow when the argument is one of `values`, else refuse."""
    tests = b"".join(_step(_EQUAL, value, 0, 1) + _step(_RETURN, ALLOW) for value in values)
    return _argument(index) + tests + _step(_RETURN, REFUSE)


def _only_bits(index: int, bits: int) -> bytes:
    """Allow when the argument has no bit but these."""
    answers = _step(_RETURN, ALLOW) + _step(_RETURN, REFUSE)
    return _argument(index) + _step(_ANY_BIT, ~bits & 0xFFFFFFFF, 1, 0) + answers


def _zero(*halves: bytes) -> bytes:
    """Allow when all of these are 0."""
    tests = b"".join(half + _step(_EQUAL, 0, 1, 0) + _step(_RETURN, REFUSE) for half in halves)
    return tests + _step(_RETURN, ALLOW)


def filter_of(machine: str) -> bytes:
    """The filter as the kernel takes it (8 bytes per step), for `x86_64` or `aarch64`; of another machine nothing."""
    column = {"x86_64": 0, "aarch64": 1}.get(machine)
    if column is None:
        return b""
    name = (X86_64, AARCH64)[column]
    steps = [_step(_LOAD, _MACHINE), _step(_EQUAL, name, 1, 0), _step(_RETURN, KILL), _step(_LOAD, _NUMBER)]
    steps += [_when(number, _step(_RETURN, ALLOW)) for pair in _CALLS.values() if (number := pair[column]) is not None]
    own_limits = _zero(_argument(0), _argument(2), _argument(2, high=True))  # read one's own, set none
    special = {
        (257, 56): _only_bits(2, _READING),  # openat
        (2, None): _only_bits(1, _READING),  # open
        (72, 25): _one_of(1, _DUPLICATING),  # fcntl
        (16, 29): _one_of(1, _CLOSED_ON_EXEC),  # ioctl
        (98, 165): _one_of(0, _OWN_USE),  # getrusage
        (302, 261): own_limits,  # prlimit64
        (435, 435): _step(_RETURN, NOT_THERE),  # clone3: libc then tries clone, which is refused
    }
    steps += [_when(number, then) for pair, then in special.items() if (number := pair[column]) is not None]
    return b"".join(steps) + _step(_RETURN, REFUSE)


# -- what may be opened at all

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
"""Flag of `landlock_create_ruleset`: tell the version, make nothing."""
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIRECTORY = 1, 4, 8
_RIGHTS = (0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF)
"""All rights over files that a version knows, by the version; later ones know no more."""
_TREES = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/lab")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")


def open_domain() -> int:
    """A descriptor of the Landlock rules; -1 where the kernel has no Landlock."""
    version = LIBC.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return -1
    rights = ctypes.c_uint64(_RIGHTS[min(version, len(_RIGHTS) - 1)])
    ruleset: int = LIBC.syscall(_CREATE_RULESET, ctypes.byref(rights), 8, 0)
    for path in _TREES:
        _add_rule(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIRECTORY)
    for path in _DEVICES:
        _add_rule(ruleset, path, _READ_FILE)
    return ruleset


def _add_rule(ruleset: int, path: str, rights: int) -> None:
    with contextlib.suppress(OSError):  # an image need not have it
        below = os.open(path, os.O_PATH | os.O_CLOEXEC)
        LIBC.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("<Qi", rights, below), 0)
        os.close(below)


class Confinement:
    """What is the same for every process that confines itself: made once, by the process that they are forks of."""

    def __init__(self) -> None:
        program = filter_of(os.uname().machine)
        self._program = ctypes.create_string_buffer(program, len(program))
        self._filter = struct.pack("@HP", len(program) // 8, ctypes.addressof(self._program))
        self._domain = open_domain()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a fork must leave open until it has entered."""
        return () if self._domain < 0 else (self._domain,)

    def enter(self) -> None:
        """Confine this process, as far as kernel and runtime let it; for good."""
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self._domain >= 0:
            LIBC.syscall(_RESTRICT_SELF, self._domain, 0)
            os.close(self._domain)
        LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, self._filter, 0, 0)
