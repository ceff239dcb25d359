"""E5: labs that signal each other through what the kernel counts per user or caches for all: pages of pipes, of files."""

from __future__ import annotations

import contextlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from findbench.attacks.arena import Arena
from findbench.harness.errors import InfrastructureError
from findbench.harness.sandbox import docker
from findbench.harness.sandbox.docker import USERS, draw_user

MANY_PIPES = """
import os, time
ready, tell = os.pipe()
for _ in range(14):
    if not os.fork():
        kept = []
        try:
            while True:
                kept.append(os.pipe())
        except OSError:
            os.write(tell, b"x")
            time.sleep(3600)
count = 0
while count < 14:
    count += len(os.read(ready, 14))
"""
"""More than the 16,384 pages that a user's pipes may have before new ones get a page or two."""
SIZE = "import fcntl, os\nsizes = [fcntl.fcntl(os.pipe()[0], fcntl.F_GETPIPE_SZ) for _ in range(4)]\nprint(min(sizes))"
REACHES = """
import ctypes, fcntl, os, signal
libc = ctypes.CDLL(None, use_errno=True)
file = os.open("/usr/bin/python3", os.O_RDONLY)
def call(number, *arguments):
    if libc.syscall(number, *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")
done = []
for name, action in {
    "evicts pages of a file": lambda: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED),
    "reads pages ahead": lambda: call(187, file, 0, 1 << 20),
    "grows a pipe": lambda: fcntl.fcntl(os.pipe()[0], 1031, 1 << 20),
    "hears of changes": lambda: fcntl.fcntl(os.open("/usr", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS),
    "is told by signals": lambda: fcntl.fcntl(file, fcntl.F_SETOWN, os.getpid()),
    "holds a lease": lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK),
}.items():
    try:
        action()
        done.append(name)
    except OSError:
        pass
print(done)
"""


def size_of_pipes_beside(arena: Arena) -> int:
    """The smallest pipe that a lab gets while another has as many pipes as it can."""
    sender, receiver = arena.lab(), arena.lab()
    receiver.start()
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(sender.run, f"{MANY_PIPES}f(1.0)\ntime.sleep(3600)", seconds=25.0)
        while not sender.queries and not sending.done():
            time.sleep(0.05)
        size = int(receiver.run(SIZE).stdout)
        sender.close()
        with contextlib.suppress(InfrastructureError):  # it was closed
            sending.result()
    return size


def test_two_labs_are_two_users(arena: Arena) -> None:
    numbers = [int(arena.lab().run("import os\nprint(os.getuid())").stdout) for _ in range(3)]
    assert len(set(numbers)) == 3
    assert set(numbers) <= set(USERS)


def test_a_number_that_a_living_lab_has_is_not_given_again(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([secrets.randbelow(900) + 20_000] * 2 + [draw_user()] * 2)
    monkeypatch.setattr(docker, "draw_user", lambda: next(drawn))
    numbers = [int(arena.lab().run("import os\nprint(os.getuid())").stdout) for _ in range(2)]
    assert len(set(numbers)) == 2


def test_the_pipes_of_one_lab_do_not_shrink_those_of_another(arena: Arena) -> None:
    assert size_of_pipes_beside(arena) == 65536


def test_the_pipes_of_labs_of_one_user_do(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "identity", lambda _: "20001:20001")
    alike = size_of_pipes_beside(arena)
    assert alike < 65536 if arena.runtime == "runc" else alike == 65536, "gVisor's kernel counts for one lab only"


def test_no_call_reaches_what_the_host_keeps_for_all_labs(arena: Arena) -> None:
    lab = arena.lab()
    done = lab.run(REACHES).stdout
    if arena.runtime == "runc":
        assert done == "[]\n"
    else:  # gVisor's kernel answers these itself, and passes none on to the host
        assert "reads pages ahead" not in done
    arena.assert_works(lab)


def test_without_the_containers_filter_they_do(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "seccomp_profile", lambda: "unconfined")
    assert "evicts pages of a file" in arena.lab().run(REACHES).stdout
