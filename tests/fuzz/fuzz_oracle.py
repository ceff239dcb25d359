"""Fuzz: all that a lab may send to its oracle in the life of one connection.

Any bytes get replies that are values or one word of the fixed vocabulary; no more is evaluated than the budget covers,
what was counted is what was answered, and nothing is raised.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

import fuzzing

with fuzzing.instrumented(
    "findbench.sandbox_image.wire",
    "findbench.sandbox_image.kinds",
    "findbench.harness.lab.oracle",
    "findbench.harness.sandbox.sockets",
):
    from findbench.harness.lab import oracle
    from findbench.harness.sandbox import sockets
    from findbench.sandbox_image import kinds, wire

from findbench.functions.base import Function
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.accounts import Accounts


class Impatient(oracle.Oracle):
    """Lets nothing wait."""

    def strike(self, parsed: int = 0) -> float:
        return 0.0 * super().strike(parsed)


_folder = TemporaryDirectory(prefix="fuzz-")
_suite = load_suite("smoke")
FUNCTIONS = (
    _suite["numeric/0000"],
    _suite["strings/0000"],
    Function.from_callable(lambda row: row[::-1], kind="row", width=3),
)
ORACLES = [Impatient(function, Accounts(0), seed=0) for function in FUNCTIONS]
SERVERS = [sockets.OracleServer(each, Path(_folder.name) / str(number)) for number, each in enumerate(ORACLES)]
BUDGETS = (0, 1, 5, 1000)


def one_input(data: bytes) -> None:
    """Byte 0: the function, the budget, and how many bytes a read gives. The rest is what the lab sends."""
    if not data:
        return
    served = ORACLES[data[0] % 3]
    served.accounts = accounts = Accounts(BUDGETS[data[0] // 3 % 4])
    peer = fuzzing.Peer(data[1:], data[0] // 12)
    with contextlib.suppress(wire.WireError):
        SERVERS[data[0] % 3].converse(peer, served)
    assert served.fault is None
    assert 0 <= accounts.queries <= accounts.budget
    assert accounts.queries == sum(len(batch) for batch in accounts.batches)
    assert all(len(batch) for batch in accounts.batches)
    assert len(accounts.batches) <= len(data) // wire.HEADER.size
    assert accounts.queries == values_in(bytes(peer.sent))


def values_in(replies: bytes) -> int:
    """How many values were sent; fails for anything but whole replies. How many are left is no value."""
    values = at = 0
    while at < len(replies):
        length, kind = wire.HEADER.unpack_from(replies, at)
        payload = replies[at + wire.HEADER.size : at + wire.HEADER.size + length]
        assert len(payload) == length
        at += wire.HEADER.size + length
        if kind == wire.ERROR:
            assert payload[0] in wire.ERRORS
            assert length == 1
            assert payload[0] != wire.UNAVAILABLE
        elif kind == wire.TEXTS:
            values += len(wire.decode_texts(payload))
        elif kind == wire.ROWS:
            values += len(kinds.decode_rows(payload))
        elif kind == wire.TEXT:
            wire.decode_text(payload)
            values += 1
        elif kind == wire.ROW:
            kinds.decode_numbers(payload)
            values += 1
        elif kind == wire.LEFT:
            assert length == 8
        else:
            assert kind in (wire.NUMBER, wire.ARRAY)
            assert length % 8 == 0
            assert length == 8 or kind == wire.ARRAY
            values += length // 8
    return values


def seeds() -> list[bytes]:
    """Requests as the runner makes them, and some that it never would."""
    numbers = wire.SCALAR.pack(8, wire.NUMBER, 2.5)
    array = wire.HEADER.pack(24, wire.ARRAY) + b"\0" * 24
    nan = wire.SCALAR.pack(8, wire.NUMBER, float("nan"))
    text = wire.encode_text("Hello \ud800")
    texts = wire.encode_texts(["a", "b c", ""])
    requests = [
        numbers,
        array,
        nan,
        wire.HEADER.pack(len(text), wire.TEXT) + text,
        wire.HEADER.pack(len(texts), wire.TEXTS) + texts,
        wire.HEADER.pack(2, wire.TEXTS) + b"[]",
        wire.HEADER.pack(0, wire.ARRAY),
        wire.HEADER.pack(2**32 - 1, wire.ARRAY),
        wire.HEADER.pack(wire.MAX_NUMBERS_FRAME + 8, wire.ARRAY),
        wire.HEADER.pack(300, wire.TEXT) + b"x" * 300,
        wire.HEADER.pack(8008, wire.ARRAY) + b"\0" * 300,
        wire.HEADER.pack(0, 99),
    ]
    row = kinds.encode_numbers([1.0, 2.5])
    many = kinds.encode_rows([[1.0], [], [2.0, 3.0]])
    requests += [
        wire.HEADER.pack(len(row), wire.ROW) + row,
        wire.HEADER.pack(len(many), wire.ROWS) + many,
        wire.HEADER.pack(4, wire.ROWS) + b"\xff" * 4,
        wire.HEADER.pack(0, wire.LEFT),
        wire.HEADER.pack(1, wire.LEFT) + b"x",
    ]
    streams = [*requests, numbers * 20, b"".join(requests[:5]), b"".join(requests[-5:])]
    return [bytes((mode,)) + stream for mode in (9, 10, 11, 3, 4, 5, 249, 250, 251, 6, 7, 8) for stream in streams]


if __name__ == "__main__":
    fuzzing.fuzz(one_input, seeds(), max_length=512)  # a few dozen requests a connection
