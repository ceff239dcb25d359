"""`f`, as an experiment sees it: the lab's end of the oracle socket. Imported where numpy is wanted anyway.

A lock straight from `_thread`: what `threading` does after every fork would be a tenth of an experiment.
"""

from __future__ import annotations

import os
import socket
from _thread import allocate_lock

import numpy as np

from . import wire

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from collections.abc import Callable
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


class Oracle:
    """The lab's end of the oracle socket: connects when first called, once per process that uses it."""

    def __init__(self, path: str) -> None:
        self.path = path
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
                reply = _soon(sock)
                if len(reply) == 13 and reply[4] == wire.NUMBER:
                    return wire.SCALAR.unpack(reply)[2]
                return self._finish(sock, reply)
            except (OSError, wire.WireError):
                self._lost()

    def request(self, kind: int, payload: bytes | memoryview) -> Any:
        """f of anything else: the decoded reply, or the exception it names."""
        with self.lock:
            sock = self.connect()
            try:
                wire.send_frame(sock, kind, payload)
                return self._finish(sock, _soon(sock))
            except (OSError, wire.WireError):
                self._lost()

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
        if kind == wire.NUMBER:
            return wire.FLOAT.unpack(body)[0]
        if kind == wire.ARRAY:
            return np.frombuffer(body, dtype="<f8")
        return wire.decode_text(body) if kind == wire.TEXT else wire.decode_texts(body)


def _soon(sock: socket.socket) -> bytes:
    """The first bytes of a reply: most come sooner than a process that sleeps would be woken."""
    for _ in range(TRIES):
        try:
            return sock.recv(wire.SCALAR.size, socket.MSG_DONTWAIT)
        except BlockingIOError:
            os.sched_yield()  # the host may want this very processor
    return sock.recv(wire.SCALAR.size)


def make_f(oracle: Oracle) -> Callable[[Any], Any]:
    """The callable that experiments know as `f`."""

    def f(x: Any) -> Any:
        """The hidden function. A number, list or array (or a string or list of strings); the same shape comes back."""
        kind = type(x)
        if kind is float:
            return oracle.scalar(x)
        if kind is str or isinstance(x, str):
            return oracle.request(wire.TEXT, wire.encode_text(str.__str__(x)))
        if isinstance(x, (bool, np.bool_)):
            raise TypeError("input is of the wrong type for this function")
        if isinstance(x, (int, float, np.integer, np.floating)):
            try:
                return oracle.scalar(float(x))
            except OverflowError:
                raise ValueError("input is not a finite number") from None
        if isinstance(x, np.ndarray):
            return _f_array(oracle, x)
        if isinstance(x, (list, tuple, range)):
            return _f_list(oracle, list(x))
        raise TypeError("f takes a number, a string, a list of them or a numpy array")

    return f


def _f_array(oracle: Oracle, x: np.ndarray[Any, Any]) -> Any:
    if x.dtype.kind in "US":
        return np.array(_f_list(oracle, x.ravel().tolist())).reshape(x.shape)
    if x.dtype.kind not in "iuf":
        raise TypeError("f takes an array of real numbers")
    flat = np.ascontiguousarray(x, dtype="<f8").reshape(-1)
    if flat.size == 0:
        return np.empty(x.shape)
    reply = oracle.request(wire.ARRAY, flat.data)
    return reply.reshape(x.shape) if isinstance(reply, np.ndarray) else reply


def _f_list(oracle: Oracle, items: list[Any]) -> Any:
    if not items:
        return []
    if all(isinstance(item, str) for item in items):
        reply = oracle.request(wire.TEXTS, wire.encode_texts([str.__str__(item) for item in items]))
        return reply.tolist() if isinstance(reply, np.ndarray) else reply
    if any(isinstance(item, (bool, np.bool_, str)) for item in items):
        raise TypeError("input is of the wrong type for this function")
    try:
        array = np.array(items, dtype=np.float64)
    except OverflowError:
        raise ValueError("input is not a finite number") from None
    except (TypeError, ValueError):
        raise TypeError("f takes a list of numbers or a list of strings") from None
    reply = _f_array(oracle, array)
    return reply.tolist() if isinstance(reply, np.ndarray) else reply
