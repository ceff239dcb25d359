"""`f`, as an experiment sees it: the lab's end of the oracle socket. Imported where numpy is wanted anyway.

A lock straight from `_thread`: what `threading` does after every fork would be a tenth of an experiment.
"""

from __future__ import annotations

import os
import socket
from _thread import allocate_lock

import numpy as np

from . import kinds, wire

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from typing import Any, NoReturn


TRIES = 40
"""How often a reply is looked for before the process sleeps until it comes: some 50 microseconds."""


class BudgetExhausted(Exception):  # noqa: N818 - the name is part of the fixed vocabulary
    """The query budget does not cover this call."""


_EXCEPTIONS: dict[str, type[Exception]] = {
    "BudgetExhausted": BudgetExhausted,
    "ValueError": ValueError,
    "TypeError": TypeError,
    "RuntimeError": RuntimeError,
}


class Caller:
    """The lab's end of the oracle socket: connects when first called, once per process that uses it."""

    def __init__(self, path: str) -> None:
        """`path`: of the socket. One without a name in the file system is process 1's, which has the host answer:
        that takes longer than looking is worth.
        """
        self.path = path
        self.tries = 0 if path.startswith("\0") else TRIES
        self.sock: socket.socket | None = None
        self.lock = allocate_lock()

    def reset(self) -> None:
        """Forget the connection; the next call opens another."""
        self.lock = allocate_lock()
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def connect(self) -> socket.socket:
        """The connection, opened if need be."""
        if self.sock is None:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(self.path)
            except OSError:
                sock.close()
                raise RuntimeError("f is not available") from None
            self.sock = sock
        return self.sock

    def scalar(self, x: float) -> Any:
        """f of one number: one send, one receive."""
        with self.lock:
            sock = self.sock or self.connect()
            try:
                sock.sendall(wire.SCALAR.pack(8, wire.NUMBER, x))
                reply = self._soon(sock)
                if len(reply) == 13 and reply[4] == wire.NUMBER:
                    return wire.SCALAR.unpack(reply)[2]
                return self._finish(sock, reply)
            except (OSError, wire.WireError):
                self._lost()

    def request(self, kind: int, payload: bytes | memoryview) -> Any:
        """f of anything else: the decoded reply (of arrays where it is many or a row), or the exception it names."""
        with self.lock:
            sock = self.connect()
            try:
                wire.send_frame(sock, kind, payload)
                return self._finish(sock, self._soon(sock))
            except (OSError, wire.WireError):
                self._lost()

    def _soon(self, sock: socket.socket) -> bytes:
        """The first bytes of a reply: most come sooner than a process that sleeps would be woken."""
        for _ in range(self.tries):
            try:
                return sock.recv(wire.SCALAR.size, socket.MSG_DONTWAIT)
            except BlockingIOError:
                os.sched_yield()  # the host may want this very processor
        return sock.recv(wire.SCALAR.size)

    def _lost(self) -> NoReturn:
        if self.sock is not None:
            self.sock.close()
            self.sock = None
        raise RuntimeError("f is not available") from None

    def _finish(self, sock: socket.socket, start: bytes) -> Any:
        head = bytes(wire.receive_exactly(sock, max(wire.HEADER.size, len(start)), start))
        length, kind = wire.HEADER.unpack(head[: wire.HEADER.size])
        rest = head[wire.HEADER.size :]
        body = wire.receive_exactly(sock, length, rest)
        if kind == wire.ERROR:
            name, text = wire.ERRORS.get(body[0] if body else 0, ("RuntimeError", "malformed reply"))
            raise _EXCEPTIONS[name](text)
        if kind in (wire.NUMBER, wire.LEFT):
            return wire.FLOAT.unpack(body)[0]
        if kind in (wire.ARRAY, wire.ROW):
            return np.frombuffer(body, dtype="<f8")
        if kind == wire.ROWS:
            return [np.frombuffer(row, dtype="<f8") for row in kinds.split_rows(body)]
        return wire.decode_text(body) if kind == wire.TEXT else wire.decode_texts(body)


class HiddenFunction:
    """The hidden function. An input, or a list or array of inputs; one output for each comes back, in the same shape.

    Where an input is itself a row of numbers, a flat list or array is one input, and a list of rows is many.
    """

    __slots__ = ("_caller", "_kind", "_scalar")

    __name__ = "f"

    def __init__(self, caller: Caller, kind: int) -> None:
        """`kind`: what one input is, NUMBER, TEXT or ROW."""
        self._caller = caller
        self._scalar = caller.scalar
        self._kind = kind

    def __repr__(self) -> str:
        return "<f, the hidden function>"

    def __call__(self, x: Any) -> Any:
        """Each input counts as one query. Raises BudgetExhausted, ValueError, TypeError, RuntimeError."""
        kind = type(x)
        if kind is float:
            return _plain(self._scalar(x))
        if kind is str or isinstance(x, str):
            return _plain(self._caller.request(wire.TEXT, wire.encode_text(str.__str__(x))))
        if isinstance(x, (bool, np.bool_)):
            raise TypeError("input is of the wrong type for this function")
        if isinstance(x, (int, float, np.integer, np.floating)):
            return _plain(self._scalar(_float(x)))
        if isinstance(x, (np.ndarray, list, tuple, range)):
            if self._kind == wire.ROW:
                return _of_rows(self._caller, x)
            return _of_array(self._caller, x) if isinstance(x, np.ndarray) else _of_list(self._caller, list(x))
        raise TypeError("f takes a number, a string, a list of them or a numpy array")

    @property
    def left(self) -> int:
        """Queries that remain of the budget. To ask costs none."""
        return int(self._caller.request(wire.LEFT, b""))


def _float(x: Any) -> float:
    try:
        return float(x)
    except OverflowError:
        raise ValueError("input is not a finite number") from None


def _plain(reply: Any) -> Any:
    """Numbers, strings and lists of them: what plain inputs get."""
    if type(reply) is float:
        return reply
    if isinstance(reply, np.ndarray):
        return reply.tolist()
    return [_plain(each) for each in reply] if isinstance(reply, list) else reply


def _array(reply: Any, shape: tuple[int, ...]) -> Any:
    """An array of this shape, with one more axis where each output is a row; a list where rows differ in length."""
    if isinstance(reply, np.ndarray):
        return reply.reshape(shape)
    if reply and isinstance(reply[0], np.ndarray):
        if len({row.size for row in reply}) > 1:
            return reply
        return np.array(reply).reshape(*shape, -1)
    return np.array(reply).reshape(shape)


def _of_array(caller: Caller, x: np.ndarray[Any, Any]) -> Any:
    if x.dtype.kind in "US":
        return _array(_of_list(caller, x.ravel().tolist()), x.shape)
    flat = _real(x).reshape(-1)
    return _array(caller.request(wire.ARRAY, flat.data), x.shape) if flat.size else np.empty(x.shape)


def _real(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.dtype.kind not in "iuf":
        raise TypeError("f takes an array of real numbers")
    return np.ascontiguousarray(x, dtype="<f8")


def _of_list(caller: Caller, items: list[Any]) -> Any:
    if not items:
        return []
    if all(isinstance(item, str) for item in items):
        return _plain(caller.request(wire.TEXTS, wire.encode_texts([str.__str__(item) for item in items])))
    return _plain(_of_array(caller, _numbers(items)))


def _numbers(items: Any) -> np.ndarray[Any, Any]:
    if any(isinstance(item, (bool, np.bool_, str)) for item in items):
        raise TypeError("input is of the wrong type for this function")
    try:
        return np.array(items, dtype=np.float64)
    except OverflowError:
        raise ValueError("input is not a finite number") from None
    except (TypeError, ValueError):
        raise TypeError("f takes a list of numbers or a list of strings") from None


def _of_rows(caller: Caller, x: Any) -> Any:
    """One row where `x` is flat, many where it holds rows."""
    if isinstance(x, np.ndarray):
        if x.ndim == 1:
            return caller.request(wire.ROW, _real(x).data)
        if x.ndim != 2:
            raise TypeError("f takes a row of numbers, or a list or two-dimensional array of rows")
        rows = _real(x)
        return _array(caller.request(wire.ROWS, kinds.encode_rows(rows.tolist())), (len(rows),)) if len(rows) else []
    items = list(x)
    if not any(isinstance(item, (list, tuple, range, np.ndarray)) for item in items):
        return _plain(caller.request(wire.ROW, _row(items).data))
    if not all(isinstance(item, (list, tuple, range, np.ndarray)) for item in items):
        raise TypeError("f takes a row of numbers or a list of rows, and not both in one list")
    return _plain(caller.request(wire.ROWS, kinds.encode_rows([_row(item).tolist() for item in items])))


def _row(items: Any) -> np.ndarray[Any, Any]:
    row = _real(items) if isinstance(items, np.ndarray) else _numbers(list(items))
    if row.ndim != 1:
        raise TypeError("a row is a flat list of numbers")
    return row
