"""An evaluation in batches: so many inputs go to one process, whose answers come back apart from all others'.

    inputs of a Task      for each batch: bytes of its payload, then the payload (many inputs, of the task's kind)
    output of an Outcome  for each batch that began: how it ended, bytes of its packed outputs, then these

Stdlib only, used by both sides.
"""

from __future__ import annotations

import struct

from . import kinds, wire

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

BATCH = 256
"""Inputs that one process answers."""
_SIZE = struct.Struct("<I")
_ANSWERED = struct.Struct("<BI")
"""Place of the status, bytes of packed outputs."""
OVERHEAD = _ANSWERED.size
"""Bytes that a batch takes beside its packed outputs."""


def pack_inputs(inputs: Sequence[Any], kind: kinds.Kind) -> bytes:
    """All inputs, in batches."""
    payloads = [kind.encode(inputs[start : start + BATCH]) for start in range(0, len(inputs), BATCH)]
    return b"".join(_SIZE.pack(len(payload)) + payload for payload in payloads)


def split_inputs(data: bytes) -> list[bytes]:
    """The payloads of the batches; WireError for anything but whole ones."""
    payloads = []
    at = 0
    while at < len(data):
        if at + _SIZE.size > len(data):
            raise wire.WireError("not batches")
        start = at + _SIZE.size
        at = start + _SIZE.unpack_from(data, at)[0]
        if at > len(data):
            raise wire.WireError("not batches")
        payloads.append(data[start:at])
    return payloads


def pack_outputs(status: wire.Status, packed: bytes | bytearray) -> bytes:
    """How one batch ended, and its packed outputs."""
    return _ANSWERED.pack(wire.STATUSES.index(status), len(packed)) + packed


def decode_outputs(
    data: bytes, count: int, wanted: int = 0
) -> tuple[list[kinds.Value | None], wire.Status, str | None]:
    """Strictly parse the outputs of all batches: `count` answers, the first bad status, the first error's text.

    `wanted`: as in `kinds.encode_output`. What a batch did not answer is None, and no other batch's answers move into
    its place.
    """
    outputs: list[kinds.Value | None] = []
    statuses: list[wire.Status] = []
    errors: list[str] = []
    at = 0
    while len(outputs) < count and at + _ANSWERED.size <= len(data):
        place, length = _ANSWERED.unpack_from(data, at)
        start = at + _ANSWERED.size
        at = start + length
        if place >= len(wire.STATUSES) or at > len(data):
            break
        answers, error = kinds.decode_outputs(data[start:at], min(BATCH, count - len(outputs)), wanted)
        outputs += answers
        statuses.append(wire.STATUSES[place])
        errors += [] if error is None else [error]
    status: wire.Status = next((status for status in statuses if status != "ok"), "ok")
    return outputs + [None] * (count - len(outputs)), status, errors[0] if errors else None
