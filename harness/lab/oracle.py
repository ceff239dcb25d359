"""The host's end of one lab's `f`: evaluates the function, counts queries, enforces the budget, refuses the rest.

It does no input or output: a transport moves the bytes (`findbench.harness.sandbox.backend.Service`). Whatever a lab
sends, the reply is either values or one byte of a fixed error vocabulary.
"""

from __future__ import annotations

import math
import threading

import numpy as np

from findbench.functions.base import FloatArray, Function, Inputs
from findbench.harness.lab.accounts import Accounts
from findbench.harness.sandbox.backend import Reply
from findbench.harness.seeds import derive
from findbench.sandbox_image import wire

FREE_REFUSALS = 100
"""Refused requests a lab may make at full speed; each further one waits REFUSAL_SECONDS on the host."""
REFUSAL_SECONDS = 0.005
REFUSED_BYTE_SECONDS = 2**-25
"""And this for each byte of texts that were parsed in vain: 30 ns, about three times what parsing costs the host."""
MUCH = 1 << 20
"""Bytes of texts that, parsed in vain, are waited for however few were refused before."""
HALF = np.array([0.5])
HALF.setflags(write=False)
"""The uniform of one query of a function without noise, which does not look at it."""
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
    """Answers what one lab asks of one function. A `Service`, whatever transport moves its bytes."""

    def __init__(self, function: Function, accounts: Accounts, *, seed: int) -> None:
        """`accounts` go on over every container of the lab; noise derives from `seed` and the function's own spec."""
        self.function = function
        self.accounts = accounts
        self.refusals = 0
        self.fault: Exception | None = None
        """The first exception of the function itself, if it ever raised one."""
        self._noise = Noise(derive("noise", seed, function.fingerprint()))
        self._stochastic = function.stochastic
        self._lock = threading.Lock()

    # -- requests

    def scalar(self, x: float) -> float | Reply:
        """The answer to one number, as a plain value where it is one."""
        try:
            value = self._evaluate(np.array([x]))
        except RefusedError as refusal:
            return self.refuse(refusal.code)
        return value[0] if isinstance(value, np.ndarray) else self._reply(wire.NUMBER, value)

    def check(self, kind: int, length: int) -> int:
        """The code with which to refuse a request by its header alone, or 0."""
        if kind in (wire.NUMBER, wire.ARRAY):
            if length > wire.MAX_NUMBERS_FRAME:
                return wire.TOO_LARGE
            if length % 8 or not length or (kind == wire.NUMBER and length != 8):
                return wire.MALFORMED
            return wire.BUDGET_EXHAUSTED if length // 8 > self.accounts.remaining else 0
        if kind == wire.TEXT:
            return wire.TOO_LONG if length > 4 * wire.MAX_TEXT else 0
        if kind == wire.TEXTS:
            return wire.TOO_LARGE if length > wire.MAX_TEXTS_FRAME else 0
        return wire.MALFORMED

    def answer(self, kind: int, payload: bytes | bytearray) -> Reply:
        """The answer to a whole request whose header passed `check`."""
        try:
            return self._reply(kind, self._evaluate(self._decode(kind, payload)))
        except RefusedError as refusal:
            return self.refuse(refusal.code, len(payload) if kind == wire.TEXTS else 0)

    def refuse(self, code: int, parsed: int = 0) -> Reply:
        """The refusal with this code. `parsed`: bytes of texts that were parsed before it was refused."""
        return Reply(wire.ERROR, bytes((code,)), self.strike(parsed))

    def strike(self, parsed: int = 0) -> float:
        """Count what costs the lab no query; the seconds it must wait, so that a flood takes no other lab's time."""
        with self._lock:
            self.refusals += 1
            free = self.refusals <= FREE_REFUSALS and parsed <= MUCH
        return 0.0 if free else REFUSAL_SECONDS + parsed * REFUSED_BYTE_SECONDS

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
            first = self.accounts.take(inputs, count)
            if first is None:
                raise RefusedError(wire.BUDGET_EXHAUSTED)
            if self._stochastic:
                uniforms = self._noise(first, count)
            else:
                uniforms = HALF if count == 1 else np.broadcast_to(0.5, count)
        try:
            return self.function.sample(inputs, uniforms)
        except Exception as error:
            self.fault = self.fault or error  # ours, not the lab's: `Lab.run` raises it as an infrastructure error
            raise RefusedError(wire.UNAVAILABLE) from None

    def _reply(self, kind: int, outputs: object) -> Reply:
        single = kind in (wire.NUMBER, wire.TEXT)
        if isinstance(outputs, np.ndarray):
            data = np.ascontiguousarray(outputs, dtype="<f8")
            return Reply(wire.NUMBER if single else wire.ARRAY, data.data.cast("B"))
        if isinstance(outputs, list):
            if single:
                return Reply(wire.TEXT, wire.encode_text(outputs[0]))
            return Reply(wire.TEXTS, wire.encode_texts(outputs))
        return Reply(wire.ERROR, bytes((wire.UNAVAILABLE,)))
