"""Batches of inputs and of outputs: whatever bytes come, every answer is in its place, or is none."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.sandbox_image import batches, kinds, wire

few = settings(max_examples=50, deadline=None)


@few
@given(st.integers(0, 3 * batches.BATCH))
def test_inputs_survive_in_batches_of_their_size(count: int) -> None:
    values = [float(number) for number in range(count)]
    kind = kinds.KINDS["number"]
    payloads = [kind.decode(payload) for payload in batches.split_inputs(batches.pack_inputs(values, kind))]
    assert [value for payload in payloads for value in payload] == values
    assert all(len(payload) == batches.BATCH for payload in payloads[:-1])
    assert all(0 < len(payload) <= batches.BATCH for payload in payloads)


@few
@given(st.binary(max_size=300))
def test_any_bytes_are_whole_batches_or_one_kind_of_error(data: bytes) -> None:
    with contextlib.suppress(wire.WireError):
        assert sum(map(len, batches.split_inputs(data))) <= len(data)


@few
@given(
    st.binary(max_size=300), st.integers(0, 3 * batches.BATCH), st.sampled_from([0, wire.NUMBER, wire.TEXT, wire.ROW])
)
def test_any_bytes_give_exactly_the_asked_number_of_answers(data: bytes, count: int, wanted: int) -> None:
    outputs, status, error = batches.decode_outputs(data, count, wanted)
    assert len(outputs) == count
    assert all(output is None or type(output) in (float, str, tuple) for output in outputs)
    assert status in wire.STATUSES
    assert error is None or len(error) <= 2000


@pytest.mark.parametrize("answered", [0, 1, 200, batches.BATCH, batches.BATCH + 9])
def test_what_one_batch_leaves_out_or_adds_moves_no_answer_of_another(answered: int) -> None:
    first = batches.pack_outputs("killed", b"".join(map(kinds.encode_output, [1.0] * answered)))
    second = batches.pack_outputs("timeout", kinds.encode_output(2.0))
    outputs, status, error = batches.decode_outputs(first + second, batches.BATCH + 2)
    there = min(answered, batches.BATCH)
    assert outputs == [1.0] * there + [None] * (batches.BATCH - there) + [2.0, None]
    assert (status, error) == ("killed", None)
