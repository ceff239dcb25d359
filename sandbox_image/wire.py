"""Frames between the host and a lab: five bytes of header, then a payload. Stdlib only, used by both sides.

Every length is checked before anything is allocated; nothing is unpickled; the two structured payloads (`Task`,
`Outcome`) are fixed structs followed by raw bytes, so the host parses nothing deeper than a JSON list of strings.

A lab imports this before it can start: no `typing`, which would take longer than all the rest of it.
"""

from __future__ import annotations

import socket
import struct
import time

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from typing import Literal

    Status = Literal["ok", "error", "timeout", "memory", "killed"]

HEADER = struct.Struct("<IB")
"""Payload length in bytes, then the kind."""
SCALAR = struct.Struct("<IBd")
"""A whole frame with one float64: the fast path of `f(x)`, one send and one receive."""
FLOAT = struct.Struct("<d")

# Kinds. Oracle requests and replies:
NUMBER, ARRAY, TEXT, TEXTS, ERROR, ROW, ROWS = 1, 2, 3, 4, 5, 6, 7
# An oracle request that costs no query, and its reply: how many queries are left, as float64.
LEFT = 8
# Control, host to runner:
RUN, EVALUATE, PREPARE = 16, 17, 18  # PREPARE: submitted code will come, in tasks of which nothing was seen yet
# Control, runner to host:
READY, OUTCOME = 32, 33
# Submitted code's packed outputs: NUMBER, TEXT, ROW, ERROR (no answer), and at last the first error's text.
FAILURE = 48

# The fixed vocabulary of oracle errors: one byte on the wire, so that no host text can reach a lab.
BUDGET_EXHAUSTED, NOT_FINITE, WRONG_TYPE, TOO_LONG, TOO_LARGE, MALFORMED, UNAVAILABLE, TOO_WIDE, OUTSIDE = range(1, 10)
ERRORS: dict[int, tuple[str, str]] = {
    BUDGET_EXHAUSTED: ("BudgetExhausted", "the query budget does not cover this call; nothing was evaluated"),
    NOT_FINITE: ("ValueError", "input is not a finite number"),
    WRONG_TYPE: ("TypeError", "input is of the wrong type for this function"),
    TOO_LONG: ("ValueError", "input string is longer than 10000 characters"),
    TOO_LARGE: ("ValueError", "too many inputs in one call"),
    MALFORMED: ("RuntimeError", "malformed request"),
    UNAVAILABLE: ("RuntimeError", "f is not available"),
    TOO_WIDE: ("ValueError", "input row is longer than 10000 numbers"),
    OUTSIDE: (
        "ValueError",
        "input is outside what may be queried (the task says from where to where, or how long); nothing was evaluated",
    ),
}
MAX_TEXT = 10_000
"""Longest input string, in characters."""
MAX_NUMBERS_FRAME = 64 << 20
"""Bytes: eight million float64 in one call."""
MAX_TEXTS_FRAME = 16 << 20
MAX_CODE = 1 << 20
"""Bytes of source text that a lab accepts."""

STATUSES: tuple[Status, ...] = ("ok", "error", "timeout", "memory", "killed")
"""How a task may end; on the wire a status is its place in this list."""
TICKET_BYTES = 8
"""Each task comes with random bytes, and its outcome repeats them: one that was forged earlier answers nothing. They
are no part of `Task`, which the code under test can read."""


class WireError(Exception):
    """The peer sent something that is not a frame of this protocol, or left in the middle of one."""


_TASK = struct.Struct("<QdIIBBI")


class Task:
    """What the host asks of the runner."""

    __slots__ = ("code", "input_kind", "inputs", "output_bytes", "output_kind", "seconds", "seed", "stderr_bytes")

    def __init__(
        self,
        seed: int,
        seconds: float,
        output_bytes: int,
        code: bytes,
        inputs: bytes = b"",
        input_kind: int = 0,
        output_kind: int = 0,
        *,
        stderr_bytes: int = 0,
    ) -> None:
        self.seed = seed
        self.seconds = seconds
        self.output_bytes = output_bytes
        """Most bytes of `Outcome.output`."""
        self.stderr_bytes = stderr_bytes
        """Most bytes of `Outcome.stderr`."""
        self.code = code
        self.inputs = inputs
        """Inputs for submitted code, in batches as `batches` packs them (for the process of one batch: its payload);
        empty for an experiment."""
        self.input_kind = input_kind
        """Kind of `inputs` (ARRAY, TEXTS, ROWS). Of an experiment: what one input of `f` is (NUMBER, TEXT, ROW), or 0
        where there is no `f`."""
        self.output_kind = output_kind
        """What an output of submitted code must be: NUMBER, TEXT or ROW; 0: a number or a text."""

    @property
    def reply_bytes(self) -> int:
        """Most bytes of an OUTCOME frame's payload that answers this."""
        return TICKET_BYTES + _OUTCOME.size + self.output_bytes + self.stderr_bytes

    def encode(self) -> bytes:
        """The payload of a RUN or EVALUATE frame, after its ticket."""
        limits = (self.seed, self.seconds, self.output_bytes, self.stderr_bytes)
        head = _TASK.pack(*limits, self.input_kind, self.output_kind, len(self.code))
        return head + self.code + self.inputs

    @classmethod
    def decode(cls, payload: bytes) -> Task:
        """Inverse of `encode`; WireError when it is not one."""
        head = _TASK.size
        if len(payload) < head:
            raise WireError("short task")
        seed, seconds, output_bytes, stderr_bytes, *kinds, length = _TASK.unpack_from(payload)
        if len(payload) < head + length:
            raise WireError("short task")
        code, inputs = payload[head : head + length], payload[head + length :]
        return cls(seed, seconds, output_bytes, code, inputs, *kinds, stderr_bytes=stderr_bytes)


_OUTCOME = struct.Struct("<BBI")
"""Place of the status, flags, bytes of output; then the output, then stderr."""
_TRUNCATED, _STATE_KEPT, _STDERR_TRUNCATED = 1, 2, 4


class Outcome:
    """What the runner reports. `output` is stdout of an experiment, or what `batches` packs of an evaluation."""

    __slots__ = ("output", "state_kept", "status", "stderr", "stderr_truncated", "truncated")

    def __init__(
        self,
        status: Status,
        output: bytes = b"",
        *,
        truncated: bool = False,
        state_kept: bool = True,
        stderr: bytes = b"",
        stderr_truncated: bool = False,
    ) -> None:
        self.status = status
        self.output = output
        self.truncated = truncated
        self.state_kept = state_kept
        self.stderr = stderr
        self.stderr_truncated = stderr_truncated

    def encode(self) -> bytes:
        """The payload of an OUTCOME frame, after its ticket."""
        flags = self.truncated * _TRUNCATED + self.state_kept * _STATE_KEPT + self.stderr_truncated * _STDERR_TRUNCATED
        return _OUTCOME.pack(STATUSES.index(self.status), flags, len(self.output)) + self.output + self.stderr

    @classmethod
    def decode(cls, payload: bytes) -> Outcome:
        """Inverse of `encode`; WireError when it is not one."""
        head = _OUTCOME.size
        if len(payload) < head:
            raise WireError("short outcome")
        status, flags, length = _OUTCOME.unpack_from(payload)
        if status >= len(STATUSES) or flags > 7 or len(payload) < head + length:
            raise WireError("malformed outcome")
        return cls(
            STATUSES[status],
            payload[head : head + length],
            truncated=bool(flags & _TRUNCATED),
            state_kept=bool(flags & _STATE_KEPT),
            stderr=payload[head + length :],
            stderr_truncated=bool(flags & _STDERR_TRUNCATED),
        )


def receive_exactly(sock: socket.socket, size: int, start: bytes = b"", *, deadline: float | None = None) -> bytearray:
    """Read on until there are `size` bytes, `start` included; WireError when the peer closes before.

    TimeoutError at `deadline` (of the monotonic clock), however steadily a peer sends until then; sets the socket's
    own timeout.
    """
    buffer = bytearray(size)
    buffer[: len(start)] = start
    view = memoryview(buffer)[len(start) :]
    while view:
        if deadline is not None:
            sock.settimeout(max(deadline - time.monotonic(), 1e-6))  # 0 would mean: do not block
        count = sock.recv_into(view)
        if not count:
            raise WireError("connection closed inside a frame")
        view = view[count:]
        if view and deadline is not None and time.monotonic() >= deadline:
            raise TimeoutError("the rest of a frame is late")
    return buffer


def send_frame(sock: socket.socket, kind: int, *payload: bytes | bytearray | memoryview) -> None:
    """Send one frame; large payloads are not copied."""
    parts = [memoryview(part).cast("B") for part in payload if len(part)]
    length = sum(part.nbytes for part in parts)
    header = HEADER.pack(length, kind)
    if length <= 65536:
        sock.sendall(b"".join([header, *parts]))
    else:
        sock.sendall(header)
        for part in parts:
            sock.sendall(part)


def receive_frame(sock: socket.socket, limit: int, *, deadline: float | None = None) -> tuple[int, bytearray]:
    """Read one frame as (kind, payload); WireError when it is longer than `limit` bytes or cut short.

    `deadline` as in `receive_exactly`, for the whole frame.
    """
    length, kind = HEADER.unpack(receive_exactly(sock, HEADER.size, deadline=deadline))
    if length > limit:
        raise WireError(f"frame of {length} bytes is over the limit of {limit}")
    return kind, receive_exactly(sock, length, deadline=deadline)


def encode_texts(texts: list[str]) -> bytes:
    """A list of strings as ASCII JSON (lone surrogates survive as escapes)."""
    import json  # with what it imports a tenth of the start of a container that may never need it

    return json.dumps(texts).encode("ascii")


def decode_texts(payload: bytes | bytearray) -> list[str]:
    """Inverse of `encode_texts`, strict: a flat JSON list of strings, else WireError."""
    import json

    try:
        texts = json.loads(bytes(payload).decode("ascii"))
    except (ValueError, RecursionError):
        raise WireError("not JSON") from None
    if type(texts) is not list or not all(type(text) is str for text in texts):
        raise WireError("not a list of strings")
    return texts


def encode_text(text: str) -> bytes:
    """One string as UTF-8 (lone surrogates pass)."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(payload: bytes | bytearray) -> str:
    """Inverse of `encode_text`; WireError when it is not UTF-8."""
    try:
        return payload.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise WireError("not UTF-8") from None
