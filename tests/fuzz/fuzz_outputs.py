"""Fuzz: the packed outputs of submitted code.

Any bytes are exactly as many answers as were asked for, each a finite number, a text or a row within its bound, or
none, and at most one short error text; what was decoded survives encoding.
"""

from __future__ import annotations

import math

import fuzzing

with fuzzing.instrumented("findbench.sandbox_image.wire", "findbench.sandbox_image.kinds"):
    from findbench.sandbox_image import kinds, wire

MOST = 24
"""Answers asked for."""
WANTED = (0, wire.NUMBER, wire.TEXT, wire.ROW)


def one_input(data: bytes) -> None:
    """Byte 0: how many answers were asked for, and of which kind. The rest is what came."""
    if not data:
        return
    wanted = WANTED[data[0] // MOST % len(WANTED)]
    outputs, error = kinds.decode_outputs(data[1:], data[0] % MOST, wanted)
    assert len(outputs) == data[0] % MOST
    for output in outputs:
        if type(output) is float:
            assert wanted in (0, wire.NUMBER)
            assert math.isfinite(output)
        elif type(output) is str:
            assert wanted in (0, wire.TEXT)
            assert len(output) <= wire.MAX_TEXT
        elif type(output) is tuple:
            assert wanted == wire.ROW
            assert len(output) <= kinds.MAX_ROW
            assert all(type(number) is float and math.isfinite(number) for number in output)
        else:
            assert output is None
    assert sum(len(output) for output in outputs if type(output) is str) <= len(data)
    assert error is None or (type(error) is str and len(error) <= 2000)
    packed = b"".join(map(pack, outputs))
    again, _ = kinds.decode_outputs(packed, len(outputs), wanted)
    assert repr(again) == repr(outputs), "-0.0 and 0.0 are equal, and not the same"


def pack(output: object) -> bytes:
    """As submitted code's fork packs it, whatever its kind."""
    try:
        return kinds.encode_output(output, wire.ROW if isinstance(output, (tuple, list)) else 0)
    except kinds.UnfitError:
        return kinds.NO_ANSWER


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
        [1.5, -0.0, 2e300],
        (),
    ]
    failure = b"ValueError: no"
    packed = [pack(value) for value in values]
    packed += [wire.HEADER.pack(len(failure), wire.FAILURE) + failure, wire.HEADER.pack(2**32 - 1, wire.TEXT)]
    return [
        bytes((count,)) + stream
        for count in (0, 1, 20, 21 + MOST, 20 + 3 * MOST)
        for stream in [*packed, b"".join(packed)]
    ]


if __name__ == "__main__":
    fuzzing.fuzz(one_input, seeds())
