"""What a hostile lab may send through its stdout: forged, out of turn, oversized, endless, never read. No container."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.accounts import Accounts
from findbench.harness.lab.oracle import Oracle
from findbench.harness.sandbox import stdio
from findbench.harness.sandbox.backend import Channels
from findbench.harness.sandbox.container import DiedError, Sandbox, TooLateError
from findbench.harness.sandbox.stdio import ENGINE_HEADER, ENGINE_STDOUT, Demultiplexer, StdioChannels, Stream
from findbench.harness.schema.limits import Limits
from findbench.sandbox_image import mux, wire

SUITE = load_suite("smoke")
NUMBERS = next(f for f in SUITE.values() if f.category == "numeric" and not f.stochastic)
PATIENCE = 60.0
"""Seconds until a test gives up; none measures time."""
SCALAR = wire.SCALAR.pack(8, wire.NUMBER, 1.0)
OUTCOME = wire.Outcome("ok", b"out")
few = settings(max_examples=50, deadline=None)


def engine_piece(data: bytes) -> bytes:
    """As the engine sends what a container wrote to stdout."""
    return ENGINE_HEADER.pack(ENGINE_STDOUT, len(data)) + data


class Container:
    """A container's end of the attached connection, which a test plays itself; and a back end that gives just that."""

    container_id = "none"

    def __init__(self, budget: int = 1_000_000, function: Any = NUMBERS) -> None:
        ours, theirs = socket.socketpair()
        self.sock = theirs
        self.sock.settimeout(PATIENCE)
        stdio_channels = StdioChannels()
        stdio_channels.use(Stream(ours))
        self.channels: Channels = stdio_channels
        self.accounts = Accounts(budget)
        if function is not None:
            self.channels.serve(Oracle(function, self.accounts, seed=0))
        self.split = mux.Splitter()
        self.frames: list[tuple[int, int, bytes]] = []
        self.ticket = b""

    # -- as a back end and as its connection

    def start(self, limits: Limits, *, runtime: str, numpy: bool) -> Container:
        return self

    def ran_out_of_memory(self) -> bool:
        return False

    def memory_bytes(self) -> int:
        return 0

    def close(self, *, idle: bool) -> None:
        self.channels.shut()
        self.channels.close()

    # -- as process 1

    def send(self, *frames: bytes) -> None:
        self.sock.sendall(engine_piece(b"".join(frames)))

    def receive(self) -> tuple[int, int, bytes]:
        """The next frame from the host."""
        while not self.frames:
            data = self.sock.recv(1 << 16)
            assert data, "the host has closed the connection"
            self.frames += self.split(data)
        return self.frames.pop(0)

    def await_task(self) -> None:
        """Read the task, and keep its ticket."""
        data = b""
        while len(data) < wire.HEADER.size or len(data) < wire.HEADER.size + wire.HEADER.unpack_from(data)[0]:
            kind, channel, payload = self.receive()
            assert (kind, channel) == (mux.BYTES, mux.CONTROL)
            data += payload
        self.ticket = data[wire.HEADER.size :][: wire.TICKET_BYTES]

    def end_task(self, ticket: bytes | None = None) -> None:
        payload = (self.ticket if ticket is None else ticket) + OUTCOME.encode()
        self.send(mux.pack(mux.BYTES, mux.CONTROL, wire.HEADER.pack(len(payload), wire.OUTCOME) + payload))

    def replies(self, channel: int, size: int) -> bytes:
        """The next `size` bytes for a caller; what is for others is left out."""
        data = b""
        while len(data) < size:
            kind, number, payload = self.receive()
            assert kind != mux.END
            if (kind, number) == (mux.BYTES, channel):
                data += payload
        return data


@contextlib.contextmanager
def task(container: Container, *, seconds: float = PATIENCE) -> Iterator[Callable[[], wire.Outcome]]:
    """While the host waits for an outcome; called, it ends the wait: the outcome, or what was raised."""
    sandbox = Sandbox(backend=container)
    ended: list[wire.Outcome | Exception] = []

    def wait() -> None:
        try:
            ended.append(sandbox.run(wire.Task(0, seconds, 100, b"")))
        except Exception as error:
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()

    def result() -> wire.Outcome:
        thread.join(PATIENCE)
        (found,) = ended
        if isinstance(found, Exception):
            raise found
        return found

    try:
        container.await_task()
        yield result
    finally:
        sandbox.close()
        thread.join(PATIENCE)
        container.sock.close()


# -- the two parsers


@few
@given(st.lists(st.binary(max_size=300), max_size=6), st.lists(st.integers(1, 1000), max_size=8))
def test_the_engines_pieces_are_one_stream_however_they_come(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(engine_piece(part) for part in parts)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    demultiplex = Demultiplexer()
    assert b"".join(demultiplex(data[a:b]) for a, b in itertools.pairwise(edges)) == b"".join(parts)


@pytest.mark.parametrize(
    "header", [b"\2\0\0\0\0\0\0\1", b"\0\0\0\0\0\0\0\1", b"\1\0\1\0\0\0\0\1", b"\1\0\0\0\x7f\0\0\0"]
)
def test_what_no_engine_sends_is_refused(header: bytes) -> None:
    with pytest.raises(wire.WireError):
        Demultiplexer()(header + b"x")


@few
@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=1, max_size=300)), max_size=6),
    st.lists(st.integers(1, 1000), max_size=8),
)
def test_outer_frames_survive_any_cut(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    data = b"".join(mux.pack(mux.BYTES, channel, payload) for channel, payload in frames)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = mux.Splitter()
    found = [frame for a, b in itertools.pairwise(edges) for frame in split(data[a:b])]
    assert found == [(mux.BYTES, channel, payload) for channel, payload in frames]


# -- callers


def test_callers_are_answered_while_the_host_waits_for_the_outcome() -> None:
    container = Container()
    with task(container) as result:
        container.send(mux.pack(mux.BYTES, 1, SCALAR))
        expected = np.asarray(NUMBERS.sample(np.array([1.0]), np.array([0.5])))[0]
        assert wire.SCALAR.unpack(container.replies(1, wire.SCALAR.size)) == (8, wire.NUMBER, expected)
        container.end_task()
        assert result().output == b"out"
    assert container.accounts.queries == 1


def test_sixteen_callers_at_once_share_one_budget_exactly() -> None:
    container = Container(budget=750)
    with task(container) as result:
        for _ in range(63):
            container.send(*(mux.pack(mux.BYTES, channel, SCALAR) for channel in range(1, 17)))
        kinds: list[int] = []
        while len(kinds) < 63 * 16:
            kind, _, payload = container.receive()
            if kind == mux.BYTES:
                kinds.append(payload[4])
        assert kinds.count(wire.NUMBER) == container.accounts.queries == 750
        container.end_task()
        result()


def test_a_reply_that_nobody_takes_stops_at_the_window_and_goes_on_with_it() -> None:
    container = Container()
    numbers = wire.HEADER.pack(800_000, wire.ARRAY) + bytes(800_000)
    with task(container) as result:
        for piece in mux.pieces(1, numbers):
            container.send(piece)
        container.send(mux.pack(mux.BYTES, 2, SCALAR))
        received = {1: 0, 2: 0}
        while not received[2]:
            kind, channel, payload = container.receive()
            received[channel] += len(payload) if kind == mux.BYTES else 0
        while received[1] < mux.WINDOW:
            kind, channel, payload = container.receive()
            received[channel] += len(payload) if kind == mux.BYTES else 0
        container.send(mux.pack(mux.BYTES, 2, SCALAR))
        kind, channel, payload = container.receive()
        assert channel == 2, "nothing more for the one who takes nothing"
        whole = wire.HEADER.size + 800_000
        while received[1] < whole:
            container.send(mux.pack(mux.CREDIT, 1, mux.AMOUNT.pack(min(mux.WINDOW, whole - received[1]))))
            goal = min(whole, received[1] + mux.WINDOW)
            received[1] += len(container.replies(1, goal - received[1]))
        container.end_task()
        result()


def test_large_requests_are_held_one_at_a_time() -> None:
    """So that the callers of one lab together cost the memory of one; small requests go on meanwhile."""
    container = Container()
    header = wire.HEADER.pack(2 << 20, wire.ARRAY)
    with task(container) as result:
        container.send(mux.pack(mux.BYTES, 1, header), mux.pack(mux.BYTES, 2, header))
        for channel in (1, 2):
            for piece in mux.pieces(channel, bytes(mux.WINDOW - wire.HEADER.size)):
                container.send(piece)
        container.send(mux.pack(mux.BYTES, 3, SCALAR))
        taken = {1: 0, 2: 0}
        while True:
            kind, channel, payload = container.receive()
            if channel == 3:
                break
            assert kind == mux.CREDIT
            taken[channel] += mux.AMOUNT.unpack(payload)[0]
        assert taken[2] == 0, "it was read beside the first"
        container.end_task()
        result()


@pytest.mark.parametrize("refused", [False, True], ids=["a frame", "a frame that is refused by its header"])
def test_a_frame_that_trickles_for_ever_costs_its_connection(refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "FRAME_SECONDS", 0.3)
    container = Container(budget=1 if refused else 10_000)
    with task(container) as result:
        container.send(mux.pack(mux.BYTES, 1, wire.HEADER.pack(80_000, wire.ARRAY)))
        container.sock.settimeout(0.01)
        while True:
            with contextlib.suppress(TimeoutError):
                if container.receive() == (mux.END, 1, b""):
                    break
            container.send(mux.pack(mux.BYTES, 1, b"\0"))
        container.sock.settimeout(PATIENCE)
        assert container.accounts.queries == 0
        container.send(mux.pack(mux.BYTES, 2, SCALAR))
        assert container.replies(2, wire.SCALAR.size)[4] == wire.NUMBER
        container.end_task()
        result()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (wire.HEADER.pack(16, wire.NUMBER) + bytes(16), wire.MALFORMED),
        (wire.HEADER.pack(4, 99) + bytes(4), wire.MALFORMED),
        (wire.HEADER.pack(2**32 - 1, wire.ARRAY), wire.TOO_LARGE),
        (wire.HEADER.pack(808, wire.ARRAY) + bytes(808), wire.BUDGET_EXHAUSTED),
        (wire.SCALAR.pack(8, wire.NUMBER, float("nan")), wire.NOT_FINITE),
        (wire.HEADER.pack(3, wire.TEXT) + b"abc", wire.WRONG_TYPE),
    ],
    ids=["two for one", "unknown", "giant", "over the budget", "not a number", "text"],
)
def test_what_is_refused_gets_its_word_and_costs_nothing(sent: bytes, code: int) -> None:
    container = Container(budget=100)
    with task(container) as result:
        container.send(mux.pack(mux.BYTES, 1, sent))
        assert container.replies(1, 6) == wire.HEADER.pack(1, wire.ERROR) + bytes((code,))
        if code in (wire.MALFORMED, wire.TOO_LARGE):
            assert container.receive() == (mux.END, 1, b"")
        container.end_task()
        result()
    assert container.accounts.queries == 0


def test_what_costs_no_query_waits_and_the_outcome_does_not() -> None:
    container = Container(budget=0)
    with task(container) as result:
        for _ in range(100):
            container.send(mux.pack(mux.BYTES, 1, SCALAR * 100))
        container.end_task()
        assert result().output == b"out", "ten thousand refusals are not awaited"


def test_without_a_function_a_caller_is_sent_away() -> None:
    container = Container(function=None)
    with task(container) as result:
        container.send(mux.pack(mux.BYTES, 1, SCALAR))
        assert container.receive() == (mux.END, 1, b"")
        container.end_task()
        result()


# -- forged


BROKEN = {
    "no frame": mux.HEADER.pack(1, 99, 0) + b"x",
    "an empty frame": mux.HEADER.pack(0, mux.BYTES, 1),
    "an end of control": mux.pack(mux.END, mux.CONTROL),
    "too long a piece": mux.HEADER.pack(mux.LARGEST_PIECE + 1, mux.BYTES, 1),
    "a number left out": mux.pack(mux.BYTES, 2, SCALAR),
    "credit of nobody": mux.pack(mux.CREDIT, 1, mux.AMOUNT.pack(1)),
    "more taken than was sent": mux.pack(mux.BYTES, 1, SCALAR) + mux.pack(mux.CREDIT, 1, mux.AMOUNT.pack(2**32 - 1)),
    "seventeen callers": b"".join(mux.pack(mux.BYTES, channel, b"\1") for channel in range(1, 18)),
    "more than was asked for": b"".join(
        mux.pieces(1, wire.HEADER.pack(2 << 20, wire.ARRAY))
        + mux.pieces(2, wire.HEADER.pack(2 << 20, wire.ARRAY) + bytes(mux.WINDOW))
    ),
    "too long an outcome": mux.pack(mux.BYTES, 0, wire.HEADER.pack(100_000, wire.OUTCOME)),
    "an outcome of another task": mux.pack(
        mux.BYTES, 0, wire.HEADER.pack(8 + len(OUTCOME.encode()), wire.OUTCOME) + bytes(8) + OUTCOME.encode()
    ),
    "a flood of strays": mux.pack(mux.BYTES, 1, b"\1") + mux.pack(mux.END, 1) * (stdio.STRAYS + 2),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_protocol_is_the_end_of_the_container_and_no_outcome(name: str) -> None:
    container = Container()
    with task(container) as result:
        for start in range(0, len(BROKEN[name]), 1 << 19):
            container.sock.sendall(engine_piece(BROKEN[name][start : start + (1 << 19)]))
        with pytest.raises(DiedError):
            result()


def test_an_outcome_that_came_before_its_task_is_never_taken_for_one() -> None:
    """It lies in the pipe when the next task is sent: forged by a process that knew no ticket, or an earlier one."""
    container = Container()
    sandbox = Sandbox(backend=container)

    def answer() -> None:
        container.await_task()
        container.end_task()

    threading.Thread(target=answer).start()
    assert sandbox.run(wire.Task(0, PATIENCE, 100, b"")).output == b"out"
    container.end_task()  # once more, with the ticket of the task that has ended
    with pytest.raises(DiedError):
        sandbox.run(wire.Task(0, PATIENCE, 100, b""))
    sandbox.close()
    container.sock.close()


def test_a_container_that_says_nothing_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("findbench.harness.sandbox.container.GRACE_SECONDS", 0.2)
    with task(Container(), seconds=0.1) as result, pytest.raises(TooLateError):
        result()


# -- back-pressure


def test_both_ends_may_have_much_to_say_before_either_reads() -> None:
    """The host reads while it wants to write: a container that writes megabytes before it reads stops nobody."""
    container = Container()
    code = bytes(4 << 20)
    sandbox = Sandbox(backend=container)
    outcomes: list[wire.Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(sandbox.run(wire.Task(0, PATIENCE, 100, code))))
    thread.start()
    for channel in range(1, 17):
        for piece in mux.pieces(channel, wire.HEADER.pack(200_000, wire.ARRAY) + bytes(200_000)):
            container.send(piece)
    control = b""
    while len(control) < wire.HEADER.size or len(control) < wire.HEADER.size + wire.HEADER.unpack_from(control)[0]:
        kind, channel, payload = container.receive()
        control += payload if (kind, channel) == (mux.BYTES, mux.CONTROL) else b""
    container.ticket = control[wire.HEADER.size :][: wire.TICKET_BYTES]
    container.end_task()
    thread.join(PATIENCE)
    assert [outcome.output for outcome in outcomes] == [b"out"]
    sandbox.close()
    container.sock.close()


def test_shutting_the_channels_wakes_who_waits_for_an_outcome() -> None:
    container = Container()
    with task(container) as result:
        container.channels.shut()
        with pytest.raises(DiedError):
            result()


def test_a_connection_that_ends_is_the_end_of_the_container() -> None:
    container = Container()
    with task(container) as result:
        container.sock.sendall(struct.pack(">B3xI", 1, 5) + b"ab")
        container.sock.shutdown(socket.SHUT_WR)
        with pytest.raises(DiedError):
            result()
