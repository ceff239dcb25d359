"""Frames and packed outputs: whatever bytes come, the parsers give values or one kind of error."""

from __future__ import annotations

import contextlib
import math
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.sandbox_image import kinds, wire

few = settings(max_examples=50, deadline=None)
tasks = st.builds(
    wire.Task,
    st.integers(0, 2**64 - 1),
    st.floats(0.1, 3600),
    st.integers(0, 2**31),
    st.binary(max_size=200),
    st.binary(max_size=200),
    st.sampled_from([0, wire.ARRAY, wire.TEXTS, wire.ROWS]),
    st.sampled_from([0, wire.NUMBER, wire.TEXT, wire.ROW]),
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


finite = st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(finite, max_size=6)


@few
@given(st.lists(rows, max_size=10))
def test_rows_survive_the_wire(batch: list[list[float]]) -> None:
    assert kinds.decode_rows(kinds.encode_rows(batch)) == batch


@few
@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(wire.WireError):
        assert kinds.encode_rows(kinds.decode_rows(data)) == data or b"\xf0\x7f" in data or b"\xff" in data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1\0\0",
        b"\1\0\0\0",
        b"\xff\xff\xff\xff" + b"\0" * 40,
        b"\1\0\0\0\2\0\0\0" + b"\0" * 15,
        b"\1\0\0\0\1\0\0\0" + b"\0" * 9,
        b"\0\0\0\0\0",
    ],
)
def test_what_is_not_whole_rows_and_nothing_else_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(wire.WireError):
        kinds.decode_rows(data)


@pytest.mark.parametrize(
    ("name", "values"),
    [("number", [1.0, -0.5]), ("text", ["a", "\ud800"]), ("row", [[1.0], [], [2.0, 3.0]])],
)
def test_every_kind_of_input_survives_the_wire_and_is_known_by_its_first_value(name: str, values: list[Any]) -> None:
    kind = kinds.KINDS[name]
    assert kind.decode(kind.encode(values)) == values
    assert kinds.kind_of(values) == name
    assert kinds.BY_MANY[kind.many] is kind


wanted = st.sampled_from([0, wire.NUMBER, wire.TEXT, wire.ROW])


@few
@given(st.binary(max_size=300), st.integers(0, 10), wanted)
def test_any_bytes_give_exactly_the_asked_number_of_plain_answers(data: bytes, count: int, kind: int) -> None:
    outputs, error = kinds.decode_outputs(data, count, kind)
    assert len(outputs) == count
    for output in outputs:
        if type(output) is float:
            assert kind in (0, wire.NUMBER)
            assert math.isfinite(output)
        elif type(output) is str:
            assert kind in (0, wire.TEXT)
        elif output is not None:
            assert kind == wire.ROW
            assert type(output) is tuple
            assert all(type(x) is float and math.isfinite(x) for x in output)
    assert error is None or isinstance(error, str)


@few
@given(st.lists(st.one_of(st.none(), finite, st.text(max_size=20)), max_size=10))
def test_outputs_survive_the_wire(outputs: list[float | str | None]) -> None:
    packed = b"".join(kinds.NO_ANSWER if output is None else kinds.encode_output(output) for output in outputs)
    assert kinds.decode_outputs(packed, len(outputs)) == (outputs, None)
    assert kinds.decode_outputs(packed, len(outputs) + 1)[0][-1] is None


@few
@given(st.lists(rows, max_size=10))
def test_rows_that_were_asked_for_survive_the_wire_as_outputs(outputs: list[list[float]]) -> None:
    packed = b"".join(kinds.encode_output(output, wire.ROW) for output in outputs)
    assert kinds.decode_outputs(packed, len(outputs), wire.ROW) == ([tuple(output) for output in outputs], None)
    assert kinds.decode_outputs(packed, len(outputs))[0] == [None] * len(outputs), "nobody asked for rows"


@pytest.mark.parametrize(
    ("output", "kind", "said"),
    [
        ([3.0], 0, "a list, and not a number"),
        (None, 0, "None, and not a number"),
        (float("nan"), 0, "nan, and not a finite number"),
        (10**400, 0, "a number that no float can hold"),
        (1j, wire.NUMBER, "a complex, and not a number"),
        ("3", wire.NUMBER, "a str, and not a number"),
        (3.0, wire.TEXT, "a float, and not a str"),
        (3, wire.TEXT, "an int, and not a str"),
        (3.0, wire.ROW, "a float, and not a row of numbers"),
        ("34", wire.ROW, "a str, and not a row of numbers"),
        ([1.0, float("inf")], wire.ROW, "inf, and not a finite number"),
        ([0.0] * 10_001, wire.ROW, "a row of over 10000 numbers"),
    ],
)
def test_an_output_that_is_no_answer_is_named_in_words(output: object, kind: int, said: str) -> None:
    with pytest.raises(kinds.UnfitError) as caught:
        kinds.encode_output(output, kind)
    assert str(caught.value) == said


def test_a_text_over_the_limit_is_no_answer_however_few_bytes_it_has() -> None:
    packed = [wire.HEADER.pack(length, wire.TEXT) + b"x" * length for length in (wire.MAX_TEXT, wire.MAX_TEXT + 1)]
    assert kinds.decode_outputs(b"".join(packed), 2) == (["x" * wire.MAX_TEXT, None], None)


@few
@given(st.binary(max_size=500), st.integers(0, 255))
def test_a_frame_survives_a_socket(payload: bytes, kind: int) -> None:
    left, right = socket.socketpair()
    with left, right:
        wire.send_frame(left, kind, payload)
        came, received = wire.receive_frame(right, 500)
    assert (came, bytes(received)) == (kind, payload)


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
