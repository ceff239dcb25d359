"""The host's end of one lab's `f`: evaluates the function, counts queries, enforces the budget, survives hostile bytes.

One listening unix socket a lab and one thread a connection: a blocking receive-evaluate-send loop has the lowest
latency that Python offers. Whatever a lab sends, a reply is either values or one byte of a fixed error vocabulary.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import socket
import threading
import time
from pathlib import Path

import numpy as np

from findbench.functions.base import FloatArray, Function, Inputs
from findbench.harness.seeds import derive
from findbench.sandbox_image import wire

MAX_CONNECTIONS = 16
"""At once: an experiment needs one, a few processes of an experiment may open their own."""
FRAME_SECONDS = 30.0
"""How long the rest of a frame may take once it has begun, and how long a reply may stay unread."""
FREE_REFUSALS = 100
"""RefusedError requests a lab may make at full speed; each further one waits REFUSAL_SECONDS on the host."""
REFUSAL_SECONDS = 0.005
REFUSED_BYTE_SECONDS = 2**-25
"""And this for each byte of texts that were parsed in vain: 30 ns, about three times what parsing costs the host."""
FREE_CONNECTIONS = 1000
"""Connections a lab may open at full speed: an experiment needs one."""
LARGE = 1 << 20
"""Bytes of a request from which on a lab's requests are taken one at a time, so that its connections together cannot
fill the host's memory."""
HALF = np.array([0.5])
HALF.setflags(write=False)
"""The uniform of one query of a function without noise, which does not look at it."""
SO_SNDBUFFORCE = 32
SEND_BUFFER = 4 << 20
"""Bytes of replies that may be under way: few, large copies for arrays."""
NOISE_BLOCK = 4096
"""Noise variates drawn at a time: variate i belongs to query i, whatever the batching."""


class RefusedError(Exception):
    """A request that gets an error code instead of values."""

    def __init__(self, code: int) -> None:
        super().__init__(wire.ERRORS[code][0])
        self.code = code


class Noise:
    """U(0,1) variates by query index, from a key that a lab cannot guess (it contains the function's own spec)."""

    def __init__(self, key: int) -> None:
        self.key = key
        self._block = -1
        self._values = np.empty(0)

    def __call__(self, start: int, count: int) -> FloatArray:
        """Variates of the queries start .. start+count-1, shape (count,)."""
        first, last = start // NOISE_BLOCK, (start + count - 1) // NOISE_BLOCK
        if first == last:
            offset = start - first * NOISE_BLOCK
            return self._load(first)[offset : offset + count]
        parts = np.concatenate([self._load(block) for block in range(first, last + 1)])
        offset = start - first * NOISE_BLOCK
        return parts[offset : offset + count]

    def _load(self, block: int) -> FloatArray:
        if block != self._block:
            self._values = np.random.Generator(np.random.Philox(key=[self.key, block])).random(NOISE_BLOCK)
            self._block = block
        return self._values


class Oracle:
    """Serves one function at one socket path until closed."""

    def __init__(self, function: Function, path: Path, *, budget: int, seed: int) -> None:
        self.function = function
        self.path = path
        self.budget = budget
        self.queries = 0
        self.refusals = 0
        self.fault: Exception | None = None
        """The first exception of the function itself, if it ever raised one."""
        self.queried: list[Inputs] = []
        """The batches that were evaluated, in order (for the report of the overlap with held-out inputs)."""
        self._noise = Noise(derive("noise", seed, function.fingerprint()))
        self._stochastic = function.stochastic
        self._lock = threading.Lock()
        self._throttle = threading.Lock()
        self._large = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._closed = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o666)
        self._listener.listen(MAX_CONNECTIONS)
        threading.Thread(target=self._accept, name="oracle", daemon=True).start()

    @property
    def remaining(self) -> int:
        """Queries left in the budget."""
        return self.budget - self.queries

    def close(self) -> None:
        """Stop serving: no connection and no thread outlives this by more than a moment."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        for sock in (self._listener, *connections):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    # -- connections

    def _accept(self) -> None:
        for number in itertools.count():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if number >= FREE_CONNECTIONS:
                self._slow_down()
            with self._lock:
                full = self._closed or len(self._connections) >= MAX_CONNECTIONS
                if not full:
                    self._connections.add(sock)
            if full:
                sock.close()
                self._slow_down()
                continue
            with contextlib.suppress(OSError):  # only root may exceed the system's limit; arrays are slower without
                sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER)
            threading.Thread(target=self._serve, args=(sock,), name="oracle", daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, wire.WireError), sock:
            sock.settimeout(None)
            while True:
                start = sock.recv(wire.SCALAR.size)
                if not start:
                    break
                if len(start) == wire.SCALAR.size and start[4] == wire.NUMBER and start[:4] == b"\x08\0\0\0":
                    self._scalar(sock, wire.SCALAR.unpack(start)[2])
                else:
                    self._general(sock, start)
                    sock.settimeout(None)
        with self._lock:
            self._connections.discard(sock)

    def _scalar(self, sock: socket.socket, x: float) -> None:
        """The fast path: one number in one packet."""
        try:
            value = self._evaluate(np.array([x]))
        except RefusedError as refusal:
            self._refuse(sock, refusal.code)
            sock.settimeout(None)  # the next call may be a long time away
            return
        if isinstance(value, np.ndarray):
            sock.sendall(wire.SCALAR.pack(8, wire.NUMBER, value[0]))
        else:
            raise wire.WireError("a numeric function gave text")

    def _general(self, sock: socket.socket, start: bytes) -> None:
        deadline = time.monotonic() + FRAME_SECONDS
        if len(start) < wire.HEADER.size:
            start += wire.receive_exactly(sock, wire.HEADER.size - len(start), deadline=deadline)
        length, kind = wire.HEADER.unpack_from(start)
        body = start[wire.HEADER.size :]
        if len(body) > length:
            raise wire.WireError("bytes after a frame")  # no client of ours sends a request before the reply
        try:
            self._check(kind, length)
        except RefusedError as refusal:
            self._skip(sock, length - len(body), deadline)
            self._refuse(sock, refusal.code)
            if refusal.code == wire.MALFORMED:
                raise wire.WireError("malformed") from None
            return
        if length <= LARGE:
            self._answer(sock, kind, wire.receive_exactly(sock, length, body, deadline=deadline))
            return
        with self._large:
            deadline = time.monotonic() + FRAME_SECONDS
            self._answer(sock, kind, wire.receive_exactly(sock, length, body, deadline=deadline))

    def _answer(self, sock: socket.socket, kind: int, payload: bytearray) -> None:
        sock.settimeout(FRAME_SECONDS)
        try:
            self._reply(sock, kind, self._evaluate(self._decode(kind, payload)))
        except RefusedError as refusal:
            self._refuse(sock, refusal.code, len(payload) if kind == wire.TEXTS else 0)

    def _check(self, kind: int, length: int) -> None:
        """Refuse a frame by its header alone, before its payload is read or a byte is allocated for it."""
        if kind in (wire.NUMBER, wire.ARRAY):
            if length > wire.MAX_NUMBERS_FRAME:
                raise RefusedError(wire.TOO_LARGE)
            if length % 8 or not length or (kind == wire.NUMBER and length != 8):
                raise RefusedError(wire.MALFORMED)
            if length // 8 > self.remaining:
                raise RefusedError(wire.BUDGET_EXHAUSTED)
        elif kind == wire.TEXT:
            if length > 4 * wire.MAX_TEXT:
                raise RefusedError(wire.TOO_LONG)
        elif kind == wire.TEXTS:
            if length > wire.MAX_TEXTS_FRAME:
                raise RefusedError(wire.TOO_LARGE)
        else:
            raise RefusedError(wire.MALFORMED)

    def _skip(self, sock: socket.socket, length: int, deadline: float) -> None:
        """Read away a refused payload, so that the connection stays in step; a giant one costs the connection."""
        if length > 2 * wire.MAX_NUMBERS_FRAME:
            self._refuse(sock, wire.TOO_LARGE)
            raise wire.WireError("giant frame")
        while length:
            piece = min(length, 1 << 16)
            wire.receive_exactly(sock, piece, deadline=deadline)
            length -= piece

    def _decode(self, kind: int, payload: bytes | bytearray) -> Inputs:
        try:
            if kind in (wire.NUMBER, wire.ARRAY):
                return np.frombuffer(payload, dtype="<f8")
            texts = [wire.decode_text(payload)] if kind == wire.TEXT else wire.decode_texts(payload)
        except wire.WireError:
            raise RefusedError(wire.MALFORMED) from None
        if not texts:  # it would cost nothing of the budget, again and again
            raise RefusedError(wire.MALFORMED)
        if any(len(text) > wire.MAX_TEXT for text in texts):
            raise RefusedError(wire.TOO_LONG)
        return texts

    # -- evaluation

    def _evaluate(self, inputs: Inputs) -> object:
        """Count, then sample. RefusedError: nothing counted, nothing evaluated."""
        numeric = isinstance(inputs, np.ndarray)
        if numeric != (self.function.input_kind == "number"):
            raise RefusedError(wire.WRONG_TYPE)
        count = len(inputs)
        if isinstance(inputs, np.ndarray) and not (
            math.isfinite(float(inputs[0])) if count == 1 else np.isfinite(inputs).all()
        ):
            raise RefusedError(wire.NOT_FINITE)
        with self._lock:
            if count > self.budget - self.queries:
                raise RefusedError(wire.BUDGET_EXHAUSTED)
            first = self.queries
            self.queries += count
            self.queried.append(inputs)
            if self._stochastic:
                uniforms = self._noise(first, count)
            else:
                uniforms = HALF if count == 1 else np.broadcast_to(0.5, count)
        try:
            return self.function.sample(inputs, uniforms)
        except Exception as error:
            self.fault = self.fault or error  # ours, not the lab's: `Lab.run` raises it as an infrastructure error
            raise RefusedError(wire.UNAVAILABLE) from None

    def _reply(self, sock: socket.socket, kind: int, outputs: object) -> None:
        single = kind in (wire.NUMBER, wire.TEXT)
        if isinstance(outputs, np.ndarray):
            data = np.ascontiguousarray(outputs, dtype="<f8")
            wire.send_frame(sock, wire.NUMBER if single else wire.ARRAY, data.data)
        elif isinstance(outputs, list):
            if single:
                wire.send_frame(sock, wire.TEXT, wire.encode_text(outputs[0]))
            else:
                wire.send_frame(sock, wire.TEXTS, wire.encode_texts(outputs))
        else:
            wire.send_frame(sock, wire.ERROR, bytes((wire.UNAVAILABLE,)))

    def _refuse(self, sock: socket.socket, code: int, parsed: int = 0) -> None:
        """`parsed`: bytes of texts that were parsed before it was refused."""
        self._slow_down(parsed)
        sock.settimeout(FRAME_SECONDS)
        wire.send_frame(sock, wire.ERROR, bytes((code,)))

    def _slow_down(self, parsed: int = 0) -> None:
        """After what costs a lab no query: a flood of it must not take the host's time from other labs.

        One at a time, so that many connections are no faster than one.
        """
        with self._throttle:
            self.refusals += 1
            if self.refusals > FREE_REFUSALS or parsed > LARGE:
                time.sleep(REFUSAL_SECONDS + parsed * REFUSED_BYTE_SECONDS)
