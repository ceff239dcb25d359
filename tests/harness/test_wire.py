"""Frames and packed outputs: whatever bytes come, the parsers give values or one kind of error."""

from __future__ import annotations

import contextlib
import math
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.sandbox_image import wire

few = settings(max_examples=50, deadline=None)
tasks = st.builds(
    wire.Task,
    st.integers(0, 2**64 - 1),
    st.floats(0.1, 3600),
    st.integers(0, 2**31),
    st.binary(max_size=200),
    st.binary(max_size=200),
    st.sampled_from([0, wire.ARRAY, wire.TEXTS]),
    stderr_bytes=st.integers(0, 2**31),
)
outcomes = st.builds(
    wire.Outcome,
    st.sampled_from(wire.STATUSES),
    st.binary(max_size=200),
    truncated=st.booleans(),
    state_kept=st.booleans(),
    stderr=st.binary(max_size=200),
    stderr_truncated=st.booleans(),
)


@few
@given(tasks)
def test_a_task_survives_the_wire(task: wire.Task) -> None:
    arrived = wire.Task.decode(task.encode())
    assert {name: getattr(arrived, name) for name in wire.Task.__slots__} == {
        name: getattr(task, name) for name in wire.Task.__slots__
    }


@few
@given(outcomes)
def test_an_outcome_survives_the_wire(outcome: wire.Outcome) -> None:
    arrived = wire.Outcome.decode(outcome.encode())
    assert {name: getattr(arrived, name) for name in wire.Outcome.__slots__} == {
        name: getattr(outcome, name) for name in wire.Outcome.__slots__
    }


@few
@given(st.binary(max_size=100))
def test_any_bytes_are_a_task_or_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(wire.WireError):
        wire.Task.decode(data)


@few
@given(st.binary(max_size=100))
def test_any_bytes_are_an_outcome_or_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(wire.WireError):
        assert wire.Outcome.decode(data).encode() == data


@few
@given(st.lists(st.text(alphabet=st.characters(), max_size=50), max_size=20))
def test_texts_survive_the_wire(texts: list[str]) -> None:
    assert wire.decode_texts(wire.encode_texts(texts)) == texts
    assert [wire.decode_text(wire.encode_text(text)) for text in texts] == texts


@few
@given(st.binary(max_size=200))
def test_any_bytes_are_texts_or_a_wire_error(data: bytes) -> None:
    for parse in (wire.decode_texts, wire.decode_text):
        with contextlib.suppress(wire.WireError):
            parse(data)


@pytest.mark.parametrize(
    "data", [b"{}", b"[1]", b'[["a"]]', b"null", b"[" * 100_000, b'["a"', b"\xff", b'["a"] x', b"NaN"]
)
def test_what_is_not_a_flat_list_of_strings_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_texts(data)


@few
@given(st.binary(max_size=300), st.integers(0, 10))
def test_any_bytes_give_exactly_the_asked_number_of_plain_answers(data: bytes, count: int) -> None:
    outputs, error = wire.decode_outputs(data, count)
    assert len(outputs) == count
    assert all(x is None or type(x) is str or (type(x) is float and math.isfinite(x)) for x in outputs)
    assert error is None or isinstance(error, str)


@few
@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)), max_size=10)
)
def test_outputs_survive_the_wire(outputs: list[float | str | None]) -> None:
    packed = b"".join(map(wire.encode_output, outputs))
    assert wire.decode_outputs(packed, len(outputs)) == (outputs, None)
    assert wire.decode_outputs(packed, len(outputs) + 1)[0][-1] is None


def test_a_text_over_the_limit_is_no_answer_however_few_bytes_it_has() -> None:
    packed = [wire.HEADER.pack(length, wire.TEXT) + b"x" * length for length in (wire.MAX_TEXT, wire.MAX_TEXT + 1)]
    assert wire.decode_outputs(b"".join(packed), 2) == (["x" * wire.MAX_TEXT, None], None)


@few
@given(st.binary(max_size=500), st.integers(0, 255))
def test_a_frame_survives_a_socket(payload: bytes, kind: int) -> None:
    left, right = socket.socketpair()
    with left, right:
        wire.send_frame(left, kind, payload)
        assert wire.receive_frame(right, 500) == (kind, payload)


def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(wire.HEADER.pack(2**32 - 1, 1))
        with pytest.raises(wire.WireError, match="over the limit"):
            wire.receive_frame(right, 1000)


def test_a_frame_cut_short_is_a_wire_error() -> None:
    left, right = socket.socketpair()
    with right:
        with left:
            left.sendall(wire.HEADER.pack(10, 1) + b"half")
        with pytest.raises(wire.WireError, match="closed inside a frame"):
            wire.receive_frame(right, 1000)
