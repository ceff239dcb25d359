"""Fuzz: all that may come out of an attached container while the host waits for the outcome of a task.

Any bytes end in a control frame within its limit or in WireError; callers get whole replies or one word of the fixed
vocabulary, never more at once than they said they take; nothing is evaluated beyond the budget.
"""

from __future__ import annotations

import fuzzing

with fuzzing.instrumented(
    "findbench.sandbox_image.wire",
    "findbench.sandbox_image.mux",
    "findbench.harness.lab.oracle",
    "findbench.harness.sandbox.stdio",
):
    from findbench.harness.lab import oracle
    from findbench.harness.sandbox import stdio
    from findbench.sandbox_image import mux, wire

from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.accounts import Accounts

LIMIT = 200
"""Bytes of the outcome."""
BUDGETS = (0, 1, 5, 1000)
ENGINE_PIECES = (1, 7, 100, 1 << 15)
_suite = load_suite("smoke")
FUNCTIONS = (_suite["numeric/0000"], _suite["strings/0000"])


class Impatient(oracle.Oracle):
    """Lets nothing wait."""

    def strike(self, parsed: int = 0) -> float:
        return 0.0 * super().strike(parsed)


class Replayed(stdio.Stream):
    """A connection on which `data` comes, `piece` bytes at a time, and then its end."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._peer = fuzzing.Peer(data, piece)
        self._demultiplex = stdio.Demultiplexer()
        self._split = mux.Splitter()
        self.sent = bytearray()

    def send(self, frame: bytes) -> None:
        self.sent += frame

    def receive(self, seconds: float) -> list[tuple[int, int, bytes]]:
        assert seconds >= 0
        data = self._peer.recv(1 << 16)
        if not data:
            raise wire.WireError("the end")
        return self._split(self._demultiplex(data))


def one_input(data: bytes) -> None:
    """Byte 0: function, budget, whether the engine's headers are added here. Byte 1: sizes of pieces. Then bytes."""
    if len(data) < 2:
        return
    accounts = Accounts(BUDGETS[data[0] // 2 % 4])
    stream = data[2:]
    if data[0] & 8:
        size = ENGINE_PIECES[data[1] % 4]
        parts = [stream[at : at + size] for at in range(0, len(stream), size)]
        stream = b"".join(stdio.ENGINE_HEADER.pack(stdio.ENGINE_STDOUT, len(part)) + part for part in parts)
    channels = stdio.StdioChannels()
    served = Impatient(FUNCTIONS[data[0] % 2], accounts, seed=0)
    if not data[0] & 16:
        channels.serve(served)
    replayed = Replayed(stream, data[1] // 4)
    channels.use(replayed)
    try:
        _, payload = channels.exchange(wire.RUN, b"task", limit=LIMIT, deadline=float("inf"))
    except wire.WireError:
        pass
    else:
        assert len(payload) <= LIMIT
    assert served.fault is None
    assert 0 <= accounts.queries <= accounts.budget
    assert accounts.queries == sum(len(batch) for batch in accounts.batches)
    check_sent(bytes(replayed.sent))


def check_sent(sent: bytes) -> None:
    """What the host sent is well-formed, and no caller got more than the window (here nobody says that he took it)."""
    received: dict[int, bytearray] = {}
    frames = mux.Splitter()(sent)
    assert sum(mux.HEADER.size + len(payload) for _, _, payload in frames) == len(sent)
    for kind, channel, payload in frames:
        if kind == mux.BYTES:
            received.setdefault(channel, bytearray()).extend(payload)
    received.pop(mux.CONTROL)
    for replies in received.values():
        at = 0
        while at + wire.HEADER.size <= len(replies):
            length, kind = wire.HEADER.unpack_from(replies, at)
            if kind == wire.ERROR:
                assert replies[at + wire.HEADER.size] in wire.ERRORS
            at += wire.HEADER.size + length


def seeds() -> list[bytes]:
    """Calls, outcomes and what belongs to them, as process 1 sends them; and what it never would."""
    scalar = wire.SCALAR.pack(8, wire.NUMBER, 2.5)
    array = wire.HEADER.pack(24, wire.ARRAY) + b"\0" * 24
    texts = wire.encode_texts(["a", "b c"])
    request = wire.HEADER.pack(len(texts), wire.TEXTS) + texts
    outcome = wire.HEADER.pack(10, wire.OUTCOME) + b"0123456789"
    end = mux.pack(mux.BYTES, mux.CONTROL, outcome)
    streams = [
        end,
        mux.pack(mux.BYTES, 1, scalar) + end,
        mux.pack(mux.BYTES, 1, scalar * 3) + mux.pack(mux.END, 1) + end,
        mux.pack(mux.BYTES, 1, array[:9]) + mux.pack(mux.BYTES, 1, array[9:]) + end,
        mux.pack(mux.BYTES, 1, request) + mux.pack(mux.BYTES, 2, scalar) + end,
        mux.pack(mux.BYTES, 1, scalar) + mux.pack(mux.CREDIT, 1, mux.AMOUNT.pack(13)) + end,
        mux.pack(mux.BYTES, 1, wire.HEADER.pack(2**32 - 1, wire.ARRAY)) + end,
        mux.pack(mux.BYTES, 1, wire.HEADER.pack(1 << 21, wire.ARRAY) + b"\0" * 100) + end,
        b"".join(mux.pack(mux.BYTES, channel, scalar) for channel in range(1, 18)) + end,
        mux.pack(mux.BYTES, 2, scalar),
        mux.HEADER.pack(mux.LARGEST_PIECE + 1, mux.BYTES, 0),
        mux.pack(mux.BYTES, mux.CONTROL, wire.HEADER.pack(LIMIT + 1, wire.OUTCOME)),
    ]
    raw = [stdio.ENGINE_HEADER.pack(1, len(each)) + each for each in streams]
    raw += [stdio.ENGINE_HEADER.pack(2, 1) + b"x", b"\1\1\0\0\0\0\0\1x", stdio.ENGINE_HEADER.pack(1, 1 << 21)]
    framed = [
        bytes((mode, size)) + each for mode in (8 + 6, 8 + 7, 8 + 16 + 6) for size in (255, 5) for each in streams
    ]
    return framed + [bytes((6, 255)) + each for each in raw]


if __name__ == "__main__":
    fuzzing.fuzz(one_input, seeds())
