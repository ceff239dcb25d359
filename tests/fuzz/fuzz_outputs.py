"""Fuzz: the packed outputs of submitted code.

Any bytes are exactly as many answers as were asked for, each a finite number, a text within its bound, or none, and at
most one short error text; what was decoded survives encoding.
"""

from __future__ import annotations

import math

import fuzzing

with fuzzing.instrumented("findbench.sandbox_image.wire"):
    from findbench.sandbox_image import wire

MOST = 24
"""Answers asked for."""


def one_input(data: bytes) -> None:
    """Byte 0: how many answers were asked for. The rest is what came."""
    if not data:
        return
    outputs, error = wire.decode_outputs(data[1:], data[0] % MOST)
    assert len(outputs) == data[0] % MOST
    for output in outputs:
        if type(output) is float:
            assert math.isfinite(output)
        elif type(output) is str:
            assert len(output) <= wire.MAX_TEXT
        else:
            assert output is None
    assert sum(len(output) for output in outputs if type(output) is str) <= len(data)
    assert error is None or (type(error) is str and len(error) <= 2000)
    packed = b"".join(map(wire.encode_output, outputs))
    again, _ = wire.decode_outputs(packed, len(outputs))
    assert repr(again) == repr(outputs), "-0.0 and 0.0 are equal, and not the same"


def seeds() -> list[bytes]:
    """Outputs as the runner packs them."""
    values: list[object] = [
        1.0,
        -0.0,
        5e-324,
        1e308,
        float("nan"),
        float("inf"),
        None,
        True,
        10**400,
        "",
        "é\ud800\0",
        [1],
    ]
    failure = b"ValueError: no"
    packed = [wire.encode_output(value) for value in values]
    packed += [wire.HEADER.pack(len(failure), wire.FAILURE) + failure, wire.HEADER.pack(2**32 - 1, wire.TEXT)]
    return [bytes((count,)) + stream for count in (0, 1, 20) for stream in [*packed, b"".join(packed)]]


if __name__ == "__main__":
    fuzzing.fuzz(one_input, seeds())
