"""The host's end of one lab's `f`: evaluates the function, counts queries, enforces the budget, refuses the rest.

It does no input or output: a transport moves the bytes (`findbench.harness.sandbox.backend.Service`). Whatever a lab
sends, the reply is either values or one byte of a fixed error vocabulary.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.harness.lab import pace
from findbench.harness.lab.kinds import KINDS, NAMES, is_finite
from findbench.harness.sandbox.backend import Reply
from findbench.harness.seeds import derive
from findbench.sandbox_image import kinds, wire
from findbench.sandbox_image.kinds import MAX_ROW

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray, Function, Inputs
    from findbench.harness.lab.accounts import Accounts

FREE_REFUSALS = 100
"""Refused requests a lab may make at full speed; each further one waits REFUSAL_SECONDS on the host."""
REFUSAL_SECONDS = 0.005
REFUSED_BYTE_SECONDS = 2**-25
"""And this for each byte of texts that were parsed in vain: 30 ns, about three times what parsing costs the host."""
MUCH = 1 << 20
"""Bytes of texts that, parsed in vain, are waited for however few were refused before."""
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


class Session:
    """The oracle during one experiment: a `Service` that answers until the experiment has ended.

    What a thread or a fork asks afterwards, and what is on its way in that moment, is refused and counts nothing. So
    all queries of an experiment are counted by the time its result is told, and in it.
    """

    def __init__(self, oracle: Oracle) -> None:
        self.ended = False
        self.check = oracle.check
        self.refuse = oracle.refuse
        self.strike = oracle.strike
        self._oracle = oracle

    def scalar(self, x: float) -> float | Reply:
        """As in `Service`."""
        return self._oracle.scalar(x, self)

    def answer(self, kind: int, payload: bytes | bytearray) -> Reply:
        """As in `Service`."""
        return self._oracle.answer(kind, payload, self)

    def end(self) -> None:
        """From now on everything is refused. What is being counted has been counted when this returns."""
        with self._oracle.lock:
            self.ended = True


class Oracle:
    """Answers what one lab asks of one function. A `Service`, whatever transport moves its bytes.

    Each experiment of a lab gets a `session`.
    """

    def __init__(self, function: Function, accounts: Accounts, *, seed: int) -> None:
        """`accounts` go on over every container of the lab; noise derives from `seed` and the function's own spec."""
        self.function = function
        self.accounts = accounts
        self.pace = pace.NEAR
        """When answers leave: whoever moves them says how far away the lab is."""
        self.refusals = 0
        self.fault: Exception | None = None
        """What was wrong with the function itself, if anything: it raised, or gave what is not its `output_kind`."""
        self._input = KINDS[function.input_kind]
        self._output = KINDS[function.output_kind]
        self._low, self._high = function.interval or (-math.inf, math.inf)
        self._noise = Noise(derive("noise", seed, function.fingerprint()))
        self._noise(0, 1)  # the first block takes a while, which the first query would show; so does measuring the pace
        pace.unit_seconds()
        self._stochastic = function.stochastic
        self._told_left = 0
        self.lock = threading.Lock()

    def session(self) -> Session:
        """What answers one experiment."""
        return Session(self)

    # -- requests

    def scalar(self, x: float, session: Session | None = None) -> float | Reply:
        """The answer to one number, as a plain value where it is one."""
        start = time.perf_counter()
        try:
            if self._input.one != wire.NUMBER:
                raise RefusedError(wire.WRONG_TYPE)
            if not math.isfinite(x):
                raise RefusedError(wire.NOT_FINITE)
            if not self._low <= x <= self._high:
                raise RefusedError(wire.OUTSIDE)
            value = self._evaluate(np.array([x]), 1, session)
        except RefusedError as refusal:
            return self.refuse(refusal.code)
        found = value[0] if self._output.one == wire.NUMBER else self._reply(value, one=True)
        self.pace.wait_for_one(start)
        return found

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
        if kind == wire.ROW:
            return wire.MALFORMED if length % 8 else wire.TOO_WIDE if length > 8 * MAX_ROW else 0
        most = {wire.TEXTS: wire.MAX_TEXTS_FRAME, wire.ROWS: wire.MAX_NUMBERS_FRAME, wire.LEFT: 0}.get(kind)
        if most is None:
            return wire.MALFORMED
        return wire.TOO_LARGE if length > most else 0

    def answer(self, kind: int, payload: bytes | bytearray, session: Session | None = None) -> Reply:
        """The answer to a whole request whose header passed `check`."""
        start = time.perf_counter()
        if kind == wire.LEFT:
            return self._tell_left(session)
        try:
            inputs = self._decode(kind, payload)
            one = kind == self._input.one
            reply = self._reply(self._evaluate(inputs, len(inputs), session), one=one)
            if one:
                self.pace.wait_for_one(start)
            else:
                self.pace.wait_for_many(start, len(inputs))
            return reply
        except RefusedError as refusal:
            return self.refuse(refusal.code, len(payload) if kind in (wire.TEXTS, wire.ROWS) else 0)

    def refuse(self, code: int, parsed: int = 0) -> Reply:
        """The refusal with this code. `parsed`: bytes of texts or rows that were parsed before it was refused."""
        return Reply(wire.ERROR, bytes((code,)), self.strike(parsed))

    def strike(self, parsed: int = 0) -> float:
        """Count what costs the lab no query; the seconds it must wait, so that a flood takes no other lab's time."""
        with self.lock:
            self.refusals += 1
            free = self.refusals <= FREE_REFUSALS and parsed <= MUCH
        return 0.0 if free else REFUSAL_SECONDS + parsed * REFUSED_BYTE_SECONDS

    def _tell_left(self, session: Session | None) -> Reply:
        """How many queries are left. At full speed as often as was queried, and some more; beyond it is a refusal."""
        if session is not None and session.ended:
            return self.refuse(wire.UNAVAILABLE)
        with self.lock:
            self._told_left += 1
            free = self._told_left <= FREE_REFUSALS + self.accounts.queries
        left = wire.FLOAT.pack(self.accounts.remaining)
        return Reply(wire.LEFT, left, 0.0 if free else self.strike())

    def _decode(self, kind: int, payload: bytes | bytearray) -> Inputs:
        """The batch that a frame carries, sound as far as it can be without the function."""
        name = NAMES[kind]
        if KINDS[name] is not self._input:
            raise RefusedError(wire.WRONG_TYPE)
        try:
            if kind == wire.ROWS and kinds.count_rows(payload) > self.accounts.remaining:
                raise RefusedError(wire.BUDGET_EXHAUSTED)
            inputs: Inputs = self._input.decode(kind, payload)
        except wire.WireError:
            raise RefusedError(wire.MALFORMED) from None
        if not len(inputs):  # it would cost nothing of the budget, again and again
            raise RefusedError(wire.MALFORMED)
        if name == "text":
            if any(len(text) > wire.MAX_TEXT for text in inputs):
                raise RefusedError(wire.TOO_LONG)
        else:
            if name == "row" and any(len(row) > MAX_ROW for row in inputs):
                raise RefusedError(wire.TOO_WIDE)
            if not is_finite(inputs):
                raise RefusedError(wire.NOT_FINITE)
        if not self.function.may_be_queried(inputs).all():
            raise RefusedError(wire.OUTSIDE)
        return inputs

    # -- evaluation

    def _evaluate(self, inputs: Inputs, count: int, session: Session | None) -> Any:
        """Count, then sample: a batch of `count` outputs. RefusedError: nothing counted, or nothing to be had."""
        with self.lock:
            if session is not None and session.ended:
                raise RefusedError(wire.UNAVAILABLE)
            first = self.accounts.take(inputs, count)
            if first is None:
                raise RefusedError(wire.BUDGET_EXHAUSTED)
            # Drawn for functions without noise too, which do not look at it: it takes time, and time tells.
            drawn = self._stochastic or count <= pace.PACED
            uniforms = self._noise(first, count) if drawn else np.broadcast_to(0.5, count)
        try:
            outputs = self.function.sample(inputs, uniforms)
            if not self._output.is_batch(outputs, count):
                raise TypeError(_misfit(outputs, count, self.function.output_kind))
        except Exception as error:
            self.fault = self.fault or error  # ours, not the lab's: `Lab.run` raises it as an infrastructure error
            raise RefusedError(wire.UNAVAILABLE) from None
        return outputs

    def _reply(self, outputs: Any, *, one: bool) -> Reply:
        if one:
            return Reply(self._output.one, self._output.encode_one(outputs))
        return Reply(self._output.many, self._output.encode_many(outputs))


def _misfit(outputs: object, count: int, kind: str) -> str:
    """Says what a function gave where a batch of outputs was expected."""
    given = f"a {type(outputs).__name__}"
    if isinstance(outputs, np.ndarray):
        given = f"an array of {outputs.dtype} and shape {outputs.shape}"
    elif isinstance(outputs, (list, tuple)):
        given += f" of {len(outputs)}, which begins with {' '.join(repr(outputs[:1]).split())[:60]}"
    return f"`sample` gave {given} for {count} outputs of kind {kind!r}"
