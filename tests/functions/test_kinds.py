"""Kinds of values: batches and plain values are two forms of the same, and an answer's error is what it should be."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from findbench.functions.base import input_key
from findbench.functions.kinds import KINDS
from findbench.harness.lab.kinds import KINDS as ON_THE_HOST
from findbench.sandbox_image.kinds import KINDS as ON_THE_WIRE

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
VALUES = {"number": NUMBER, "text": st.text(max_size=9), "row": st.lists(NUMBER, max_size=4).map(tuple)}


def test_every_kind_is_known_on_the_host_on_the_wire_and_to_functions() -> None:
    assert set(KINDS) == set(ON_THE_HOST) == set(ON_THE_WIRE) == set(VALUES)


@pytest.mark.parametrize("name", list(KINDS))
@given(data=st.data())
def test_plain_values_become_a_batch_and_come_back(name: str, data: st.DataObject) -> None:
    kind, values = KINDS[name], data.draw(st.lists(VALUES[name], min_size=1, max_size=5))
    batch = kind.batch(values)
    assert kind.sound(batch)
    assert ON_THE_HOST[name].is_batch(batch, len(values))
    assert input_key(batch) == values
    assert set(input_key(batch)) == set(values), "plain values are hashable"
    assert json.loads(json.dumps(input_key(batch))) == [list(x) if isinstance(x, tuple) else x for x in values]
    assert kind.errors(batch, values).tolist() == kind.errors(batch, batch).tolist() == [0.0] * len(values)


@pytest.mark.parametrize(
    ("name", "target", "answers", "errors"),
    [
        ("number", 3.0, [3.5, 2, None, "3.0", float("nan"), True, 10**400], [0.5, 1, *[np.inf] * 5]),
        ("text", "a", ["a", "A", None, 1.0], [0, *[np.inf] * 3]),
        ("row", (1.0, 2.0), [(1.0, 2.5), [0, 2], (1.0,), (), None, "12", 1.0, (1.0, None)], [0.5, 1, *[np.inf] * 6]),
    ],
)
def test_an_error_is_the_distance_and_infinite_for_what_is_no_answer(
    name: str, target: Any, answers: list[Any], errors: list[float]
) -> None:
    kind = KINDS[name]
    assert kind.errors(kind.batch([target] * len(answers)), answers).tolist() == errors


@pytest.mark.parametrize(
    ("name", "batch"),
    [
        ("number", [1.0]),
        ("number", np.array([1.0, np.nan])),
        ("number", np.array([1])),
        ("text", ["a", None]),
        ("row", [np.array([np.inf])]),
        ("row", [[1.0]]),
    ],
)
def test_what_is_no_sound_batch_is_told(name: str, batch: Any) -> None:
    assert not KINDS[name].sound(batch)
