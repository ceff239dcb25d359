"""Kinds of inputs and outputs on the wire: numbers, texts, rows of numbers, one at a time or many. An open table.

Stdlib only, used by both sides, and as strict as `wire`. To add a kind is to add an entry to `KINDS` here and to the
table of the same name in the host's half, `harness/lab/kinds.py`.
"""

from __future__ import annotations

import math
import struct

from . import wire

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Value = float | str | tuple[float, ...]

MAX_ROW = 10_000
"""Most numbers in one row."""
_COUNT = struct.Struct("<I")
"""Many rows: how many, then the length of each, then all their numbers."""


class Kind:
    """One kind of value: the kinds of frames that carry one of it and many, and how many plain values become bytes."""

    __slots__ = ("decode", "encode", "many", "one")

    def __init__(
        self, one: int, many: int, encode: Callable[[Sequence[Any]], bytes], decode: Callable[[bytes], list[Any]]
    ) -> None:
        self.one = one
        self.many = many
        self.encode = encode
        """Plain values -> the payload of a frame with many."""
        self.decode = decode
        """Inverse of `encode`, strict: WireError when it is not one."""


def encode_numbers(values: Sequence[float]) -> bytes:
    """Numbers as float64."""
    return struct.pack(f"<{len(values)}d", *values)


def decode_numbers(payload: bytes | bytearray | memoryview) -> tuple[float, ...]:
    """Inverse of `encode_numbers`; WireError for anything but whole numbers of bytes."""
    if len(payload) % wire.FLOAT.size:
        raise wire.WireError("not float64")
    return struct.unpack(f"<{len(payload) // wire.FLOAT.size}d", payload)


def encode_rows(rows: Sequence[Sequence[float]]) -> bytes:
    """Rows of numbers, each of any length."""
    lengths = struct.pack(f"<{len(rows)}I", *map(len, rows))
    return _COUNT.pack(len(rows)) + lengths + b"".join(map(encode_numbers, rows))


def count_rows(payload: bytes | bytearray) -> int:
    """How many rows `payload` says it has, before they are looked at; WireError when it has no room for them."""
    if len(payload) < _COUNT.size:
        raise wire.WireError("not rows")
    count: int = _COUNT.unpack_from(payload)[0]
    if len(payload) < _COUNT.size * (1 + count):
        raise wire.WireError("not rows")
    return count


def split_rows(payload: bytes | bytearray) -> list[memoryview]:
    """The float64 of each row, strict: WireError for anything but whole rows and nothing after them."""
    count = count_rows(payload)
    at = _COUNT.size * (1 + count)
    lengths = struct.unpack_from(f"<{count}I", payload, _COUNT.size)
    if at + wire.FLOAT.size * sum(lengths) != len(payload):
        raise wire.WireError("not rows")
    view, rows = memoryview(payload), []
    for length in lengths:
        rows.append(view[at : at + wire.FLOAT.size * length])
        at += wire.FLOAT.size * length
    return rows


def decode_rows(payload: bytes | bytearray) -> list[list[float]]:
    """Inverse of `encode_rows`, as plain lists; WireError when it is not one."""
    return [list(decode_numbers(row)) for row in split_rows(payload)]


KINDS: dict[str, Kind] = {
    "number": Kind(wire.NUMBER, wire.ARRAY, encode_numbers, lambda payload: list(decode_numbers(payload))),
    "text": Kind(wire.TEXT, wire.TEXTS, lambda values: wire.encode_texts(list(values)), wire.decode_texts),
    "row": Kind(wire.ROW, wire.ROWS, encode_rows, decode_rows),
}
"""By the name that a brief gives it."""
BY_MANY = {kind.many: kind for kind in KINDS.values()}
"""By the kind of frame that carries many of it."""


def kind_of(values: Sequence[Any]) -> str:
    """The name of the kind that plain values are of, by the first one."""
    first = values[0] if len(values) else 0.0
    return "text" if isinstance(first, str) else "row" if hasattr(first, "__len__") else "number"


# -- packed outputs of submitted code


class UnfitError(Exception):
    """An output that is no answer; the text says in words what it is."""


def encode_output(output: object, wanted: int = 0) -> bytes:
    """One output of submitted code as a frame. UnfitError for what is no answer.

    `wanted`: NUMBER, TEXT or ROW; 0: whatever it is, a number or a text.
    """
    if wanted == wire.ROW:
        return _encode_row(output)
    if isinstance(output, str):
        if wanted not in (0, wire.TEXT):
            raise UnfitError("a str, and not a number")
        data = wire.encode_text(str.__str__(output)[: wire.MAX_TEXT])
        return wire.HEADER.pack(len(data), wire.TEXT) + data
    if wanted == wire.TEXT:
        raise UnfitError(f"{_a(output)}, and not a str")
    return wire.SCALAR.pack(8, wire.NUMBER, _finite(output))


def _a(thing: object) -> str:
    name = type(thing).__name__
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}" if thing is not None else "None"


def _finite(output: Any) -> float:
    try:
        number = float(output)
    except OverflowError:
        raise UnfitError("a number that no float can hold") from None
    except Exception:
        raise UnfitError(f"{_a(output)}, and not a number") from None
    if not math.isfinite(number):
        raise UnfitError(f"{number}, and not a finite number")
    return number


def _encode_row(output: Any) -> bytes:
    if isinstance(output, (str, bytes, dict, set)):
        raise UnfitError(f"{_a(output)}, and not a row of numbers")
    try:
        numbers = list(output)
    except MemoryError:
        raise
    except Exception:
        raise UnfitError(f"{_a(output)}, and not a row of numbers") from None
    if len(numbers) > MAX_ROW:
        raise UnfitError(f"a row of over {MAX_ROW} numbers")
    data = encode_numbers([_finite(number) for number in numbers])
    return wire.HEADER.pack(len(data), wire.ROW) + data


NO_ANSWER = wire.HEADER.pack(0, wire.ERROR)
"""In the place of an output that is none."""


def decode_outputs(data: bytes, count: int, wanted: int = 0) -> tuple[list[Value | None], str | None]:
    """Strictly parse packed outputs into `count` answers and the first error's text, if the code reported one.

    What is missing, cut, malformed or not of the kind that is `wanted` (as in `encode_output`) is None.
    """
    outputs: list[Value | None] = []
    error: str | None = None
    at = 0
    while at + wire.HEADER.size <= len(data):
        length, kind = wire.HEADER.unpack_from(data, at)
        at += wire.HEADER.size
        body = data[at : at + length]
        if len(body) < length:
            break
        at += length
        if kind == wire.FAILURE:
            error = body[:2000].decode("utf-8", "replace")
            break
        if len(outputs) < count:
            fits = kind == wanted if wanted else kind in (wire.NUMBER, wire.TEXT)
            outputs.append(_output(kind, body) if fits else None)
    return outputs + [None] * (count - len(outputs)), error


def _output(kind: int, body: bytes) -> Value | None:
    try:
        if kind == wire.TEXT and len(body) <= 4 * wire.MAX_TEXT:
            text = wire.decode_text(body)
            return text if len(text) <= wire.MAX_TEXT else None
        if (kind == wire.NUMBER and len(body) == wire.FLOAT.size) or (kind == wire.ROW and len(body) <= 8 * MAX_ROW):
            numbers = decode_numbers(body)
            if all(map(math.isfinite, numbers)):
                return numbers if kind == wire.ROW else numbers[0]
    except wire.WireError:
        pass
    return None
