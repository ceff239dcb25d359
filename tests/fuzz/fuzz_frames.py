"""Fuzz: a stream of frames, and the two structured payloads, `Outcome` and `Task`.

Any bytes are frames within the limit, then WireError; what was decoded encodes to the very bytes it came from.
"""

from __future__ import annotations

import fuzzing

with fuzzing.instrumented("findbench.sandbox_image.wire"):
    from findbench.sandbox_image import wire

LIMITS = (0, 3, 100, 1 << 16)


def one_input(data: bytes) -> None:
    """Byte 0: bytes a read gives, and the limit. The rest is the stream."""
    if not data:
        return
    limit = LIMITS[data[0] % len(LIMITS)]
    peer = fuzzing.Peer(data[1:], data[0] // len(LIMITS))
    echo = fuzzing.Peer(b"")
    while True:
        before = peer.at
        try:
            kind, payload = wire.receive_frame(peer, limit)
        except wire.WireError:
            break
        assert 0 <= kind <= 255
        assert len(payload) <= limit
        assert peer.at - before == wire.HEADER.size + len(payload)
        wire.send_frame(echo, kind, payload)
        assert data[1 : 1 + peer.at] == bytes(echo.sent)
        structured(bytes(payload))
    assert peer.at <= len(data) - 1


def structured(payload: bytes) -> None:
    """The two structs that frames carry."""
    try:
        outcome = wire.Outcome.decode(payload)
    except wire.WireError:
        pass
    else:
        assert outcome.status in wire.STATUSES
        assert type(outcome.truncated) is type(outcome.state_kept) is type(outcome.stderr_truncated) is bool
        assert type(outcome.output) is type(outcome.stderr) is bytes
        assert outcome.encode() == payload
    try:
        task = wire.Task.decode(payload)
    except wire.WireError:
        pass
    else:
        assert task.encode() == payload


def seeds() -> list[bytes]:
    """Frames as both sides send them."""
    outcomes = [wire.Outcome(status, b"out", stderr=b"err") for status in wire.STATUSES]
    outcomes += [wire.Outcome("ok", truncated=True, state_kept=False), wire.Outcome("error", stderr_truncated=True)]
    tasks = [
        wire.Task(7, 30.0, 100, b"print(f(1))"),
        wire.Task(2**64 - 1, 0.5, 0, b"", b"\0" * 16, wire.ARRAY, wire.ROW),
    ]
    payloads = [each.encode() for each in outcomes + tasks] + [b"", wire.encode_texts(["a", "\ud800"])]
    frames = [wire.HEADER.pack(len(payload), wire.OUTCOME) + payload for payload in payloads]
    frames += [wire.SCALAR.pack(8, wire.NUMBER, 1.5), wire.HEADER.pack(2**32 - 1, 0), wire.HEADER.pack(4, 1) + b"abc"]
    return [bytes((mode,)) + stream for mode in (3, 7, 255) for stream in [*frames, b"".join(frames)]]


if __name__ == "__main__":
    fuzzing.fuzz(one_input, seeds())
