"""The process that the processes of submitted code are forks of: it has never seen an input.

Process 1 hands on all inputs of an evaluation, so what it forks would find them in its memory, all at once. The
nursery is forked before the first of them comes. It gets a descriptor and nothing else, forks, and the child reads its
own batch from there.
"""

from __future__ import annotations

import os
import socket
import struct
import time

from . import wire
from .confinement import Confinement
from .forks import become_fork, fork, silence
from .processes import default_signals
from .submission import evaluate

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

NUMPY, TEXTS = 1, 2
"""What the nursery imports for its children, once: numpy where the code names it, what decodes texts."""
_STATUS = struct.Struct("<i")


class Nursery:
    """Process 1's end of the nursery."""

    def __init__(self, leave: Callable[[], None], memory_bytes: int, *, own_kernel: bool) -> None:
        """Fork it. `leave`: what it does first, to give up what only process 1 may have.

        `memory_bytes`, `own_kernel`: of each child, as in `become_fork`.
        """
        self._channel, theirs = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            try:
                leave()
                self._channel.close()
                _serve(theirs, memory_bytes, own_kernel=own_kernel)
            finally:
                os._exit(1)
        theirs.close()

    def close(self) -> None:
        """Let it end."""
        self._channel.close()

    def bear(self, needs: int) -> socket.socket:
        """Have it fork a child, and return the connection to it: a task goes in, packed outputs come out.

        `needs`: NUMPY, TEXTS or both. Raises OSError when the nursery is gone.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._channel, [bytes((needs,))], [theirs.fileno()])
        return ours

    def status(self, seconds: float) -> int:
        """The wait status of the child, which has ended or is about to. TimeoutError when it has not in that time.

        Raises OSError or WireError when the nursery is gone.
        """
        deadline = time.monotonic() + seconds
        found: int = _STATUS.unpack(wire.receive_exactly(self._channel, _STATUS.size, deadline=deadline))[0]
        return found


def _serve(channel: socket.socket, memory_bytes: int, *, own_kernel: bool) -> NoReturn:
    default_signals()
    for descriptor in (0, 1, 2):
        silence(descriptor)
    confinement = Confinement()
    while True:
        needs, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not needs or not descriptors:
            os._exit(0)
        _load(needs[0])
        if not (child := fork()):
            _live(descriptors[0], confinement, memory_bytes, own_kernel=own_kernel)
        os.close(descriptors[0])
        channel.sendall(_STATUS.pack(os.waitpid(child, 0)[1]))


def _load(needs: int) -> None:
    if needs & NUMPY:
        from .warming import load_numpy

        load_numpy()
    if needs & TEXTS:
        import json  # noqa: F401 - what decodes texts imports it where it needs it


def _live(descriptor: int, confinement: Confinement, memory_bytes: int, *, own_kernel: bool) -> NoReturn:
    """The life of a child. Nothing that it shares with another process is open once it has begun."""
    try:
        kept = {descriptor, *confinement.descriptors}
        start = 3
        for each in sorted(kept):
            os.closerange(start, each)
            start = each + 1
        os.closerange(start, 256)
        for standard in (0, 1, 2):
            silence(standard)  # a description of its own: a shared one has flags and a position
        become_fork(memory_bytes, own_kernel=own_kernel)
        evaluate(socket.socket(fileno=descriptor), confinement)
    finally:
        os._exit(1)
