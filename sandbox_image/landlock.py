"""Landlock (landlock(7)): what a process may open from now on, by its path, whatever its user may. For good.

Kernels since 5.13 have it where it is switched on; gVisor's has not. Where it is missing, nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct

from .processes import LIBC

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls; their numbers are the same on all machines."""
_TELL_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY, _REFER = 1, 2, 4, 8, 1 << 13
_RIGHTS = (0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF)
"""All rights over files that a version knows, by the version; later ones know no more."""
_PROGRAMS = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/lab")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")
_WRITABLE = ("/tmp", "/dev")  # noqa: S108 - the container's own


def is_there() -> bool:
    """Whether the kernel has it."""
    return _version() >= 1


def reading_the_image() -> int:
    """Rules for submitted code: programs and libraries can be read, nothing else can be opened; -1 without Landlock.

    So neither `/proc` nor `/sys` tells what other processes did, and no folder is read whose kernel notes when.
    """
    version = _version()
    if version < 1:
        return -1
    ruleset = _ruleset(_RIGHTS[min(version, len(_RIGHTS) - 1)])
    _add(ruleset, _PROGRAMS, _EXECUTE | _READ_FILE | _READ_DIRECTORY)
    _add(ruleset, _DEVICES, _READ_FILE)
    return ruleset


def write_no_kernel_files() -> None:
    """From now on this process and those it makes write to no file of `/proc`, such as `oom_score_adj`."""
    if _version() < 2:  # the first version refuses to move a file into another folder, and cannot be told not to
        return
    ruleset = _ruleset(_WRITE_FILE | _REFER)
    _add(ruleset, _WRITABLE, _WRITE_FILE)
    _add(ruleset, ("/",), _REFER)
    enter(ruleset)


def enter(ruleset: int) -> None:
    """Put the rules on this process."""
    LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    LIBC.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _version() -> int:
    found: int = LIBC.syscall(_CREATE_RULESET, None, 0, _TELL_VERSION)
    return found


def _ruleset(rights: int) -> int:
    handled = ctypes.c_uint64(rights)
    ruleset: int = LIBC.syscall(_CREATE_RULESET, ctypes.byref(handled), 8, 0)
    return ruleset


def _add(ruleset: int, paths: tuple[str, ...], rights: int) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # an image need not have it
            below = os.open(path, os.O_PATH | os.O_CLOEXEC)
            LIBC.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("<Qi", rights, below), 0)
            os.close(below)
