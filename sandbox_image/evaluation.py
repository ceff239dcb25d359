"""Process 1's part in an evaluation: one batch after another, each to a new child of the nursery."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time

from . import batches, landlock, wire
from .capture import Capture
from .forks import COMPLETE_EXIT, MEMORY_EXIT
from .nursery import NUMPY, TEXTS, Nursery
from .processes import kill_all_but, oom_kills

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from .mux import Mux

GRACE_SECONDS = 5.0
"""How long the nursery may take to say how a child ended that was killed; after that there is no nursery."""
_LISTED = ("/dev", "/dev/pts", "/dev/shm", "/tmp", "/proc", "/sys", "/sys/fs", "/sys/fs/cgroup")  # noqa: S108 - not used
"""Folders whose time of last reading a kernel may keep."""
_VERDICTS: dict[int, wire.Status] = {COMPLETE_EXIT: "ok", 1: "error", MEMORY_EXIT: "memory"}
"""By the exit code of a process that ran submitted code; any other was killed."""


def evaluate(task: wire.Task, nursery: Nursery, relay: Mux | None) -> wire.Outcome:
    """All batches of `task`, as an outcome whose output is what `batches` describes.

    `relay`: what must be pumped meanwhile. Raises OSError or WireError when the nursery is gone.
    """
    needs = (b"numpy" in task.code) * NUMPY | (task.input_kind == wire.TEXTS) * TEXTS
    deadline = time.monotonic() + task.seconds
    answered = bytearray()
    status: wire.Status = "ok"
    for payload in batches.split_inputs(task.inputs):
        if time.monotonic() >= deadline:
            status = "timeout"  # of those that cannot begin
            break
        room = task.output_bytes - len(answered) - batches.OVERHEAD
        part = wire.Task(task.seed, 0.0, 0, task.code, payload, task.input_kind, task.output_kind)
        verdict, packed = _evaluate(part, nursery, relay, needs, deadline, room)
        answered += batches.pack_outputs(verdict, packed)
        if status == "ok":
            status = verdict
    return wire.Outcome(status, bytes(answered))


def _evaluate(
    part: wire.Task, nursery: Nursery, relay: Mux | None, needs: int, deadline: float, room: int
) -> tuple[wire.Status, bytearray]:
    """One batch: how it ended, and at most `room` bytes of packed outputs."""
    kills = oom_kills()
    if not landlock.is_there():
        _list_folders()
    with nursery.bear(needs) as child:
        captured = Capture(child.fileno(), max(0, room))
        late = not _converse(child, part, captured, relay, deadline)
        status = -1
        if not late:  # it closed its end, so it is about to end, or it pretends to be
            try:
                status = nursery.status(max(deadline - time.monotonic(), 0.001))
            except TimeoutError:
                late = True
        kill_all_but(nursery.pid)
        if late:
            status = nursery.status(GRACE_SECONDS)
            captured.drain()
    if late:
        return "timeout", captured.data
    verdict = _VERDICTS.get(os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1, "killed")
    return ("memory" if verdict == "killed" and oom_kills() > kills else verdict), captured.data


def _list_folders() -> None:
    """Read the folders: a child that sees when that was done last then learns nothing about the one before it."""
    for folder in _LISTED:
        with contextlib.suppress(OSError):
            os.listdir(folder)


def _converse(child: socket.socket, part: wire.Task, captured: Capture, relay: Mux | None, deadline: float) -> bool:
    """Give the child its task and take what it answers until it has closed its end; False when that comes too late."""
    try:
        child.settimeout(max(deadline - time.monotonic(), 0.001))
        wire.send_frame(child, wire.EVALUATE, part.encode())
    except TimeoutError:
        return False
    except OSError:
        pass  # it is gone already, and its status says how
    child.setblocking(False)
    poll = select.poll()
    poll.register(child, select.POLLIN)
    if relay is not None:
        poll.register(relay, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000 + 1):
            if descriptor != captured.descriptor:
                relay.pump()  # type: ignore[union-attr]  # there is a relay where there is its descriptor
            else:
                with contextlib.suppress(ConnectionError):  # what was not read of the task when it ended
                    if captured.read():
                        continue
                return True
    return False
