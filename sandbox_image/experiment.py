"""The state process: it holds the variables of earlier experiments and forks once for each new one, ahead of time."""

from __future__ import annotations

import builtins
import contextlib
import math
import os
import socket
import struct
import sys

from . import wire
from .forks import MEMORY_EXIT, fork, open_streams
from .seeding import reseed

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .calls import HiddenFunction

STAND_BY = 64
"""What the channel asks of the state: to fork, and that the child wait for a task. The payload is a ticket, 8 bytes."""
DONE, RAISED, DIED, STANDS_BY = 1, 2, 3, 4
"""What the channel reports: the experiment ended, it raised, its process is gone, one waits for a task."""
REDEFINED = "[f was redefined; in the next experiment it is the hidden function again]\n"
REPORT = struct.Struct("<QI")
"""Payload of a report: what it answers, so that it answers nothing else, then a pid or a wait status.

The end of an experiment answers its task's seed; what is said of the process itself answers the ticket it came with.
"""


def state_loop(channel: socket.socket, path: str) -> NoReturn:
    """The life of a state process: a fork of it takes each experiment, and goes on as the state or is reported dead.

    `path`: where the oracle's socket is.
    """
    state = State(channel, path)
    while True:
        ticket = int.from_bytes(_receive(channel, STAND_BY), "little")
        child = fork()
        if child:
            state.outlive(child, ticket)
        else:
            state.stand_by(ticket)


class State:
    """The variables of earlier experiments, and what every experiment finds: `f`, numpy, a clean stdout and stderr."""

    def __init__(self, channel: socket.socket, path: str) -> None:
        import numpy as np

        from .calls import Caller

        self.channel = channel
        self.caller = Caller(path)
        self.f: HiddenFunction | None = None
        self.namespace: dict[str, Any] = {
            "__name__": "__main__",
            "__builtins__": builtins,
            "np": np,
            "numpy": np,
            "math": math,
        }
        self.count = 0
        self.pipes = [(os.dup(descriptor), descriptor) for descriptor in (1, 2)]

    def outlive(self, child: int, ticket: int) -> None:
        """Wait while a fork of this process runs an experiment; one that goes on as the state has this process ended.

        So a fork that ends has died, and this process is still the state, as it was before the experiment.
        """
        _, status = os.waitpid(child, 0)
        self.caller.reset()  # the dead child may have left half a frame on the shared connection
        wire.send_frame(self.channel, DIED, REPORT.pack(ticket, status))

    def stand_by(self, ticket: int) -> None:
        """In a fork: wait for a task, run it, and go on as the state."""
        # A session of its own: when the old state ends, a stopped process of its group would get a SIGHUP.
        os.setsid()
        for pipe, descriptor in self.pipes:
            os.set_blocking(pipe, True)
            os.dup2(pipe, descriptor)  # an earlier experiment may have put something else in its place
        open_streams()
        wire.send_frame(self.channel, STANDS_BY, REPORT.pack(ticket, os.getpid()))
        task = wire.Task.decode(_receive(self.channel, wire.RUN))
        self.count += 1
        self.caller.reset()  # the host answers no connection of an earlier experiment any more
        reseed(task.seed)
        if self.f is None and task.input_kind:
            self._give_f(task.input_kind)
        verdict = _execute(task.code, f"<experiment {self.count}>", self.namespace)
        if self.f is not None and self.namespace.get("f") is not self.f:
            # A candidate of that name, mistaken for the function, would prove itself right.
            self.namespace["f"] = self.f
            with contextlib.suppress(Exception):
                sys.stdout.write(REDEFINED)
        try:
            wire.send_frame(self.channel, verdict, REPORT.pack(task.seed, os.getpid()))
        except (OSError, ValueError):
            os._exit(1)  # the experiment closed the channel: it cannot go on as the state

    def _give_f(self, kind: int) -> None:
        from .calls import BudgetExhausted, HiddenFunction

        self.f = HiddenFunction(self.caller, kind)
        self.namespace |= {"f": self.f, "BudgetExhausted": BudgetExhausted}


def _receive(channel: socket.socket, wanted: int) -> bytes:
    """The payload of the next frame of this kind; the process ends when there is none to come.

    A task that finds no taker, because the process that stood by died in that moment, is none of the state's business.
    """
    try:
        while True:
            channel.setblocking(True)  # an experiment can make shared descriptors non-blocking
            kind, payload = wire.receive_frame(channel, wire.MAX_CODE + 64)
            if kind == wanted:
                return bytes(payload)
    except (wire.WireError, OSError):
        os._exit(0)


def _execute(code: bytes, name: str, namespace: dict[str, Any]) -> int:
    """Run one experiment in this process; DONE or RAISED. Out of memory ends the process."""
    import linecache

    try:
        source = code.decode("utf-8", "replace")
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), namespace)  # noqa: S102 - running experiments is what a lab is for
        sys.stdout.flush()
        return DONE
    except MemoryError:
        os.write(1, b"MemoryError\n")
        os._exit(MEMORY_EXIT)
    except SystemExit as error:
        with contextlib.suppress(Exception):
            sys.stdout.write(f"SystemExit: {error.code}\n")
        return RAISED
    except BaseException as error:
        try:
            _print_traceback(error)
        except MemoryError:
            os._exit(MEMORY_EXIT)
        except BaseException:
            with contextlib.suppress(BaseException):
                os.write(1, type(error).__name__.encode("utf-8", "replace") + b"\n")
        return RAISED


def _print_traceback(error: BaseException) -> None:
    """Print the traceback to stdout, cut to the experiment's own frames."""
    import traceback

    report = traceback.TracebackException(type(error), error, error.__traceback__, limit=-50, compact=True)
    seen = report
    while seen is not None:
        seen.stack = traceback.StackSummary.from_list(
            [frame for frame in seen.stack if frame.filename.startswith("<experiment")]
        )
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)  # type: ignore[assignment]
    with contextlib.suppress(Exception):
        sys.stdout.write("".join(report.format()))
