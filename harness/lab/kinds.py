"""Kinds of inputs and outputs on the host: what came over the wire as a batch, and a batch as what goes over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.sandbox_image import kinds, wire

if TYPE_CHECKING:
    from findbench.functions.base import Inputs


@dataclass(frozen=True)
class Kind:
    """One kind of value: its frames, and how a batch of it becomes their payload and comes from it."""

    one: int
    """Kind of a frame with one value."""
    many: int
    """Kind of a frame with many."""
    decode: Callable[[int, bytes | bytearray], Any]
    """(kind of frame, payload) -> a batch. WireError when it is none."""
    is_batch: Callable[[Any, int], bool]
    """(what a function gave, how many values it should be): whether it is that batch."""
    encode_one: Callable[[Any], bytes | memoryview]
    """A batch of one -> the payload of a frame with one."""
    encode_many: Callable[[Any], bytes | memoryview]
    """A batch -> the payload of a frame with many."""


def _decode_texts(kind: int, payload: bytes | bytearray) -> list[str]:
    return [wire.decode_text(payload)] if kind == wire.TEXT else wire.decode_texts(payload)


def _decode_rows(kind: int, payload: bytes | bytearray) -> list[Any]:
    rows = [payload] if kind == wire.ROW else kinds.split_rows(payload)
    return [np.frombuffer(row, dtype="<f8") for row in rows]


def _are_numbers(batch: Any, count: int) -> bool:
    return isinstance(batch, np.ndarray) and batch.shape == (count,) and batch.dtype.kind in "fiu"


def _are_texts(batch: Any, count: int) -> bool:
    return isinstance(batch, (list, tuple)) and len(batch) == count and all(isinstance(text, str) for text in batch)


def _are_rows(batch: Any, count: int) -> bool:
    if isinstance(batch, np.ndarray):
        return batch.ndim == 2 and len(batch) == count and batch.dtype.kind in "fiu"
    rows = isinstance(batch, (list, tuple)) and len(batch) == count
    return rows and all(_are_numbers(row, np.size(row)) for row in batch)


def _float64(batch: Any) -> memoryview:
    data = np.ascontiguousarray(batch, dtype="<f8")
    return data.data.cast("B") if data.size else memoryview(b"")


def _kind(name: str, **host: Any) -> Kind:
    """The kind that the wire calls `name`, whose frames are told there; `host`: the other fields."""
    frames = kinds.KINDS[name]
    return Kind(one=frames.one, many=frames.many, **host)


KINDS: dict[str, Kind] = {
    "number": _kind(
        "number",
        decode=lambda _, payload: np.frombuffer(payload, dtype="<f8"),
        is_batch=_are_numbers,
        encode_one=_float64,
        encode_many=_float64,
    ),
    "text": _kind(
        "text",
        decode=_decode_texts,
        is_batch=_are_texts,
        encode_one=lambda batch: wire.encode_text(batch[0]),
        encode_many=lambda batch: wire.encode_texts(list(batch)),
    ),
    "row": _kind(
        "row",
        decode=_decode_rows,
        is_batch=_are_rows,
        encode_one=lambda batch: _float64(batch[0]),
        encode_many=lambda batch: kinds.encode_rows([np.asarray(row).tolist() for row in batch]),
    ),
}
"""By the name that a brief gives it."""
NAMES = {frame: name for name, kind in KINDS.items() for frame in (kind.one, kind.many)}
"""Kind of a frame -> name of the kind of value that it carries."""


def is_finite(batch: Inputs) -> bool:
    """Whether every number of a batch of numbers or of rows is finite."""
    if isinstance(batch, np.ndarray):
        return bool(np.isfinite(batch).all())
    return all(np.isfinite(row).all() for row in batch)
