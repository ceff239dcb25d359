"""What a hostile lab may do to its two sockets: slow, partial, concurrent, oversized, endless. Real sockets, no lab."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.functions.base import Function
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab import oracle as oracles
from findbench.harness.lab.accounts import Accounts
from findbench.harness.lab.oracle import Oracle
from findbench.harness.sandbox import sockets
from findbench.harness.sandbox.backend import LARGE, Channels
from findbench.harness.sandbox.container import DiedError, Sandbox, TooLateError
from findbench.harness.sandbox.sockets import OracleServer, SocketChannels
from findbench.harness.schema.limits import Limits
from findbench.sandbox_image import wire

SUITE = load_suite("smoke")
NUMBERS = next(f for f in SUITE.values() if f.category == "numeric" and not f.stochastic)
TEXTS = next(f for f in SUITE.values() if f.category == "strings")
PATIENCE = 60.0
"""Seconds until a test gives up; none measures time."""
SCALAR = wire.SCALAR.pack(8, wire.NUMBER, 1.0)
few = settings(max_examples=50, deadline=None)


class Served:
    """An oracle, and the server that moves its bytes."""

    def __init__(self, function: Any, path: Path, budget: int) -> None:
        self.accounts = Accounts(budget)
        self.oracle = Oracle(function, self.accounts, seed=0)
        self.server = OracleServer(self.oracle, path)


@contextlib.contextmanager
def serving(function: Any = NUMBERS, *, budget: int = 1_000_000) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/tmp") as folder:
        served = Served(function, Path(folder) / "oracle", budget)
        try:
            yield served
        finally:
            served.server.close()


def connected(served: Served) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(PATIENCE)
    sock.connect(str(served.server.path))
    return sock


def frame(kind: int, payload: bytes) -> bytes:
    return wire.HEADER.pack(len(payload), kind) + payload


def reply(sock: socket.socket) -> tuple[int, bytes]:
    kind, payload = wire.receive_frame(sock, 1 << 20)
    return kind, bytes(payload)


def word(sock: socket.socket) -> int:
    """The refusal's code."""
    kind, payload = reply(sock)
    assert kind == wire.ERROR
    return payload[0]


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# -- who is served


def test_who_connected_before_a_new_service_is_not_served_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when nobody has accepted the connection yet: here the server dawdles before each."""
    monkeypatch.setattr(sockets, "FREE_CONNECTIONS", 0)
    with serving() as served:
        monkeypatch.setattr(served.oracle, "strike", lambda parsed=0: 0.2)
        later = Accounts(100)
        with connected(served) as early:
            early.sendall(SCALAR)
            served.server.serve(Oracle(NUMBERS, later, seed=0))
            with contextlib.suppress(ConnectionResetError):
                assert early.recv(1) == b""
        with connected(served) as late:
            late.sendall(SCALAR)
            assert reply(late)[0] == wire.NUMBER
        assert (served.accounts.queries, later.queries) == (0, 1)


# -- slow and partial


@few
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8), st.lists(st.integers(1, 68), max_size=6))
def test_a_request_in_any_pieces_gets_the_reply_of_the_whole(xs: list[float], cuts: list[int]) -> None:
    expected = np.asarray(NUMBERS.sample(np.array(xs), np.full(len(xs), 0.5)))
    message = frame(wire.ARRAY, np.array(xs).tobytes())
    edges = sorted({0, len(message), *(cut for cut in cuts if cut < len(message))})
    with serving() as served, connected(served) as sock:
        for start, end in itertools.pairwise(edges):
            sock.sendall(message[start:end])
        assert reply(sock) == (wire.ARRAY, expected.tobytes())
        sock.sendall(SCALAR)
        assert reply(sock)[0] == wire.NUMBER, "the connection is still in step"


@pytest.mark.parametrize("refused", [False, True], ids=["a frame", "a frame that is refused by its header"])
def test_a_frame_that_trickles_for_ever_costs_its_connection(refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FRAME_SECONDS", 0.3)
    with serving(budget=1 if refused else 10_000) as served, connected(served) as sock:
        sock.sendall(wire.HEADER.pack(80_000, wire.ARRAY))
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 80_000:  # never silent for as long as the timeout, and never done
                sent += sock.send(b"\0")
                time.sleep(0.01)
        assert sent < 80_000
        assert served.accounts.queries == 0
        with connected(served) as other:
            other.sendall(SCALAR)
            assert reply(other)[0] == wire.NUMBER


class Peer:
    """A `Connection` to a runner that a test plays itself: no container, and no engine to ask."""

    container_id = "none"

    def __init__(self) -> None:
        self.sockets = SocketChannels()
        self.channels: Channels = self.sockets

    def ran_out_of_memory(self) -> bool:
        return False

    def memory_bytes(self) -> int:
        return 0

    def close(self, *, idle: bool) -> None:
        self.channels.shut()
        self.channels.close()


class Played:
    """A `Backend` whose only container is the test."""

    def __init__(self) -> None:
        self.runner = socket.socket(socket.AF_UNIX)

    def start(self, limits: Limits, *, runtime: str, numpy: bool) -> Peer:
        peer = Peer()
        self.runner.connect(str(peer.sockets.directory / "control"))
        wire.send_frame(self.runner, wire.READY)
        peer.channels.connect(lambda: True, deadline=time.monotonic() + PATIENCE)
        return peer


@contextlib.contextmanager
def playing() -> Iterator[tuple[Sandbox, socket.socket]]:
    """A sandbox, and the runner's end of its control channel."""
    backend = Played()
    with backend.runner:
        sandbox = Sandbox(backend=backend)
        try:
            yield sandbox, backend.runner
        finally:
            sandbox.close()


def test_a_runner_that_trickles_its_outcome_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("findbench.harness.sandbox.container.GRACE_SECONDS", 0.2)
    gone = threading.Event()
    with playing() as (sandbox, runner):

        def trickle() -> None:
            with contextlib.suppress(OSError):
                runner.sendall(wire.HEADER.pack(10_000, wire.OUTCOME))
                while not gone.wait(0.01):
                    runner.sendall(b"\0")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            with pytest.raises(TooLateError):
                sandbox.run(wire.Task(0, 0.1, 20_000, b""))
        finally:
            gone.set()
            thread.join()


outcomes = st.builds(
    wire.Outcome,
    st.sampled_from(wire.STATUSES),
    st.binary(max_size=60),
    truncated=st.booleans(),
    stderr=st.binary(max_size=30),
)


@few
@given(
    st.one_of(
        st.binary(max_size=60),
        st.builds(frame, st.sampled_from([wire.OUTCOME, wire.READY, 0]), st.binary(max_size=60)),
        st.builds(lambda n: wire.HEADER.pack(n, wire.OUTCOME) + b"\0" * 60, st.integers(0, 2**32 - 1)),
        st.builds(lambda outcome: frame(wire.OUTCOME, b"guessed!" + outcome.encode()), outcomes),
    )
)
def test_whatever_a_runner_sends_that_does_not_answer_the_task_counts_as_a_dead_container(sent: bytes) -> None:
    with playing() as (sandbox, runner):
        runner.sendall(sent)
        runner.shutdown(socket.SHUT_WR)
        with pytest.raises(DiedError):
            sandbox.run(wire.Task(0, PATIENCE, 40, b""))


@few
@given(outcomes)
def test_an_outcome_counts_only_within_the_limits_of_its_task(outcome: wire.Outcome) -> None:
    with playing() as (sandbox, runner):

        def answer() -> None:
            _, payload = wire.receive_frame(runner, 1 << 20)
            wire.send_frame(runner, wire.OUTCOME, payload[: wire.TICKET_BYTES], outcome.encode())

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            arrived = sandbox.run(wire.Task(0, PATIENCE, 40, b"", stderr_bytes=20))
            assert arrived.encode() == outcome.encode()
            assert (len(outcome.output) <= 40, len(outcome.stderr) <= 20) == (True, True)
        except DiedError:
            assert len(outcome.output) > 40 or len(outcome.stderr) > 20
        finally:
            thread.join()


# -- many and large


def test_connections_at_once_share_one_budget_exactly() -> None:
    answers: list[int] = []

    def ask(served: Served) -> None:
        with connected(served) as sock:
            for _ in range(100):
                sock.sendall(SCALAR)
                answers.append(reply(sock)[0])

    with serving(budget=750) as served:
        threads = [threading.Thread(target=ask, args=(served,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (answers.count(wire.NUMBER), answers.count(wire.ERROR)) == (750, 250)
        assert served.accounts.queries == sum(map(len, served.accounts.batches)) == 750


def test_connections_are_bounded_and_a_closed_one_makes_room() -> None:
    with serving() as served, contextlib.ExitStack() as held:
        kept = [held.enter_context(connected(served)) for _ in range(sockets.MAX_CONNECTIONS)]
        for sock in kept:
            sock.sendall(SCALAR)
            assert reply(sock)[0] == wire.NUMBER
        before = threading.active_count()
        for _ in range(20):
            with connected(served) as sock:
                assert sock.recv(1) == b""
        assert threading.active_count() <= before
        kept[0].close()
        wait_until(lambda: served.server.connections < sockets.MAX_CONNECTIONS)
        with connected(served) as sock:
            sock.sendall(SCALAR)
            assert reply(sock)[0] == wire.NUMBER


def test_large_requests_of_one_lab_are_held_one_at_a_time() -> None:
    """So its connections together cost the memory of one; small requests go on meanwhile."""
    large = frame(wire.TEXTS, wire.encode_texts(["x" * 9000] * 300))
    assert len(large) > 2 * LARGE
    unbounded = Function.from_callable(lambda text: text, kind="text")
    with (
        serving(unbounded) as served,
        connected(served) as first,
        connected(served) as second,
        connected(served) as small,
    ):
        first.sendall(large[:-1])
        second.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < len(large):
                sent += second.send(large[sent : sent + 65536])
        assert sent < len(large), "it was read beside the first"
        small.sendall(frame(wire.TEXT, b"abc"))
        assert reply(small)[0] == wire.TEXT
        second.settimeout(PATIENCE)
        first.sendall(large[-1:])
        wire.receive_frame(first, 1 << 30)
        second.sendall(large[sent:])
        assert wire.receive_frame(second, 1 << 30)[0] == wire.TEXTS
        assert served.accounts.queries == 601


@pytest.mark.parametrize(
    ("function", "sent", "code"),
    [
        (TEXTS, frame(wire.TEXTS, b"[" * (1 << 20)), wire.MALFORMED),
        (TEXTS, frame(wire.TEXTS, b'["a",' * 100_000), wire.MALFORMED),
        (TEXTS, frame(wire.TEXTS, b"[]"), wire.MALFORMED),
        (TEXTS, frame(wire.TEXTS, wire.encode_texts(["x" * 10_001])), wire.TOO_LONG),
        (TEXTS, frame(wire.TEXTS, wire.encode_texts([""] * 101)), wire.BUDGET_EXHAUSTED),
        (TEXTS, wire.HEADER.pack(wire.MAX_TEXTS_FRAME + 1, wire.TEXTS) + b"x" * (wire.MAX_TEXTS_FRAME + 1), 5),
        (NUMBERS, frame(wire.ARRAY, b"\0" * 808), wire.BUDGET_EXHAUSTED),
        (NUMBERS, frame(wire.ARRAY, struct.pack("<d", float("inf"))), wire.NOT_FINITE),
        (NUMBERS, frame(wire.NUMBER, b"\0" * 16), wire.MALFORMED),
        (NUMBERS, frame(wire.TEXT, b"abc"), wire.WRONG_TYPE),
    ],
    ids=["deep", "cut", "empty", "long", "many", "oversized", "over the budget", "infinite", "two for one", "text"],
)
def test_what_is_refused_gets_its_word_costs_nothing_and_leaves_nothing(function: Any, sent: bytes, code: int) -> None:
    with serving(function, budget=100) as served, connected(served) as sock:
        sock.sendall(sent)
        assert word(sock) == code
        assert (served.accounts.queries, served.accounts.batches) == (0, [])


# -- rate


FLOODS: dict[str, tuple[Any, bytes]] = {
    "calls beyond the budget": (NUMBERS, SCALAR),
    "empty lists": (TEXTS, frame(wire.TEXTS, b"[]")),
    "texts parsed in vain": (TEXTS, frame(wire.TEXTS, b'["' + b"x" * 200_000)),
}
FLOODER = """
import socket, sys, threading
path, message, connections = sys.argv[1], open(sys.argv[2], "rb").read(), int(sys.argv[3])
def flood():
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            while message:
                sock.sendall(message)
                if not sock.recv(64): break
        except OSError:
            pass
        sock.close()
for _ in range(connections):
    threading.Thread(target=flood, daemon=True).start()
print("flooding", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("name", FLOODS)
def test_what_costs_a_lab_no_query_is_slowed_down_on_the_host(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function, message = FLOODS[name]
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    parsed = len(message) if function is TEXTS else 0
    with serving(function, budget=0) as served, connected(served) as sock:
        for _ in range(oracles.FREE_REFUSALS + 50):
            sock.sendall(message)
            word(sock)
    assert served.oracle.refusals == oracles.FREE_REFUSALS + 50
    assert len(slept) == 50
    assert sum(slept) >= 50 * (oracles.REFUSAL_SECONDS + (parsed - 5) * oracles.REFUSED_BYTE_SECONDS)


def test_a_storm_of_connections_is_slowed_down_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(sockets, "FREE_CONNECTIONS", 10)
    monkeypatch.setattr(oracles, "FREE_REFUSALS", 0)
    with serving() as served:
        for _ in range(40):
            with connected(served) as sock:
                sock.sendall(SCALAR)
                assert reply(sock)[0] == wire.NUMBER
    assert len(slept) == 30


@pytest.mark.parametrize("name", [*FLOODS, "connections"])
def test_a_lab_that_floods_its_oracle_gets_fewer_turns_than_one_that_asks(name: str, tmp_path: Path) -> None:
    """Sixteen connections that flood against one that asks, both as fast as they can, each in its own process."""
    function, message = FLOODS.get(name, (NUMBERS, b""))
    (tmp_path / "message").write_bytes(message)
    with serving(function, budget=0) as hostile, serving() as honest:
        flooder = subprocess.Popen(
            [sys.executable, "-c", FLOODER, str(hostile.server.path), str(tmp_path / "message"), "16"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert flooder.stdout is not None
            assert flooder.stdout.readline() == b"flooding\n"
            wait_until(lambda: hostile.oracle.refusals > oracles.FREE_REFUSALS)
            before = hostile.oracle.refusals
            with connected(honest) as sock:
                for _ in range(2000):
                    sock.sendall(SCALAR)
                    assert reply(sock)[0] == wire.NUMBER
            assert hostile.oracle.refusals - before < honest.accounts.queries == 2000
            assert hostile.accounts.queries == 0
            assert hostile.server.connections <= sockets.MAX_CONNECTIONS
        finally:
            flooder.kill()
            flooder.communicate()


@pytest.mark.parametrize(
    "before",
    [
        wire.SCALAR.pack(8, wire.NUMBER, float("nan")),
        frame(wire.ARRAY, struct.pack("<2d", 1.0, float("inf"))),
        frame(wire.ARRAY, struct.pack("<2d", 1.0, 2.0)),
    ],
    ids=["refused number", "refused array", "array"],
)
def test_an_idle_connection_is_not_late_whatever_was_said_before(
    monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(sockets, "FRAME_SECONDS", 0.1)
    with serving() as served, connected(served) as sock:
        sock.sendall(before)
        reply(sock)
        time.sleep(0.5)
        sock.sendall(SCALAR)
        assert reply(sock)[0] == wire.NUMBER
