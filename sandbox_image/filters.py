"""Seccomp filters in the form that the kernel takes: made of steps of 8 bytes, and put on a process by itself.

A filter is a program of the classic BPF (seccomp(2)); the shapes that ours need are here, and nothing else.
"""

from __future__ import annotations

import ctypes
import os
import struct

from .processes import LIBC

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
"""What a filter answers: go on; fail with EPERM; end the process."""
NOT_THERE = 0x00050000 | 38
"""Fail with ENOSYS: libc then tries an older call."""
COLUMN = {"x86_64": 0, "aarch64": 1}[os.uname().machine]
"""Which of a pair of numbers is this machine's: system calls have one each on x86_64 and aarch64."""
_MACHINE_NAME = (0xC000003E, 0xC00000B7)[COLUMN]
"""How the kernel names it to a filter (`AUDIT_ARCH_*`)."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
"""Offsets in what the kernel shows a filter (`struct seccomp_data`); an argument has 8 bytes, the low half first."""


def answer(value: int) -> bytes:
    """Answer whatever was asked."""
    return _step(_RETURN, value)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _argument(index: int, *, high: bool = False) -> bytes:
    return _step(_LOAD, _ARGUMENTS + 8 * index + 4 * high)


def when(numbers: tuple[int | None, int | None], then: bytes) -> bytes:
    """`then` (it ends with an answer) for the system call of these numbers; others go on behind it."""
    number = numbers[COLUMN]
    return b"" if number is None else _step(_EQUAL, number, 0, len(then) // 8) + then


def one_of(index: int, values: tuple[int, ...]) -> bytes:
    """Allow when the argument is one of `values`, else refuse."""
    tests = b"".join(_step(_EQUAL, value, 0, 1) + answer(ALLOW) for value in values)
    return _argument(index) + tests + answer(REFUSE)


def only_bits(index: int, bits: int) -> bytes:
    """Allow when the argument has no bit but these."""
    answers = answer(ALLOW) + answer(REFUSE)
    return _argument(index) + _step(_ANY_BIT, ~bits & 0xFFFFFFFF, 1, 0) + answers


def none_of(index: int, values: tuple[int, ...]) -> bytes:
    """Refuse when the low half of the argument is one of `values`, else allow."""
    tests = b"".join(_step(_EQUAL, value, 0, 1) + answer(REFUSE) for value in values)
    return _argument(index) + tests + answer(ALLOW)


def zero(*indices: int) -> bytes:
    """Allow when all of these arguments are 0, else refuse."""
    halves = [_argument(index, high=high) for index in indices for high in (False, True)]
    return b"".join(half + _step(_EQUAL, 0, 1, 0) + answer(REFUSE) for half in halves) + answer(ALLOW)


class Filter:
    """A filter that processes can put on themselves, for good."""

    def __init__(self, *parts: bytes) -> None:
        """`parts`: what `when` gives, and at last an answer to everything else."""
        ours = _step(_LOAD, _MACHINE) + _step(_EQUAL, _MACHINE_NAME, 1, 0) + answer(KILL)
        program = ours + _step(_LOAD, _NUMBER) + b"".join(parts)
        self._program = ctypes.create_string_buffer(program, len(program))
        self._argument = struct.pack("@HP", len(program) // 8, ctypes.addressof(self._program))

    def enter(self) -> None:
        """Put it on this process, if kernel and runtime let it."""
        LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        LIBC.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, self._argument, 0, 0)
