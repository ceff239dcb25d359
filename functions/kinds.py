"""Kinds of inputs and outputs: how a batch of values is held and compared. An open table.

A number is a finite float, a text any string, a row a list of finite floats. To add a kind is to add an entry to
`KINDS`, and to teach the wire of the sandbox image to carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
"""Places in a batch, counted from 0, each at most once."""
Inputs = FloatArray | Sequence[str] | Sequence[FloatArray]
"""A batch of n inputs: float64 of shape (n,) for numbers, a list of n strings for texts, a list of n float64 arrays of
one dimension for rows, which may differ in length."""
Outputs = Inputs
"""A batch of n outputs, held in the same way as inputs of the same kind."""
Values = FloatArray | Sequence[Any]
"""n answers: a batch of outputs, or plain values of unknown origin, some of them missing (None)."""


@dataclass(frozen=True)
class Kind:
    """One kind of value."""

    several: str
    """Values of it in words: what a model is told that it must give."""
    exact: bool
    """Values are right or wrong to the letter; otherwise they may be right within a tolerance."""
    batch: Callable[[Sequence[Any]], Inputs]
    """Plain values (see `input_key` of `functions.base`, which is the inverse) -> a batch."""
    sound: Callable[[Any], bool]
    """Whether something is a batch of this kind, finite and of the right types throughout."""
    errors: Callable[[Outputs, Values], FloatArray]
    """(n targets, n answers) -> float64 of shape (n,): how far each answer is from its target, infinite for an answer
    that is missing (None) or of another kind. For texts 0 or infinite, for rows the largest error of an element."""


def _numbers(values: Sequence[Any]) -> FloatArray:
    return np.array(values, dtype=np.float64)


def _sound_numbers(values: Any) -> bool:
    return (
        isinstance(values, np.ndarray)
        and values.dtype == np.float64
        and values.ndim == 1
        and bool(np.isfinite(values).all())
    )


def _number(value: Any) -> float:
    """The value as a float; NaN when it is no number, or one that no float holds."""
    try:
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan
    except OverflowError:
        return np.nan


def _number_errors(targets: Outputs, answers: Values) -> FloatArray:
    given = answers if isinstance(answers, np.ndarray) else _numbers([_number(answer) for answer in answers])
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(given - np.asarray(targets, dtype=np.float64))
    return np.where(np.isnan(errors), np.inf, errors)


def _text_errors(targets: Outputs, answers: Values) -> FloatArray:
    return np.array([0.0 if answer == target else np.inf for target, answer in zip(targets, answers, strict=True)])


def _row_error(target: Any, answer: Any) -> float:
    if not isinstance(answer, (list, tuple, np.ndarray)) or len(answer) != len(target):
        return np.inf
    given = np.asarray([_number(value) for value in np.asarray(answer, dtype=object).tolist()], dtype=np.float64)
    return float(_number_errors(target, given).max(initial=0.0))


def _row_errors(targets: Outputs, answers: Values) -> FloatArray:
    return np.array([_row_error(target, answer) for target, answer in zip(targets, answers, strict=True)])


KINDS: dict[str, Kind] = {
    "number": Kind(
        several="numbers",
        exact=False,
        batch=_numbers,
        sound=_sound_numbers,
        errors=_number_errors,
    ),
    "text": Kind(
        several="strings",
        exact=True,
        batch=lambda values: [str(value) for value in values],
        sound=lambda values: not isinstance(values, np.ndarray) and all(isinstance(value, str) for value in values),
        errors=_text_errors,
    ),
    "row": Kind(
        several="lists of numbers",
        exact=False,
        batch=lambda values: [_numbers(value) for value in values],
        sound=lambda values: all(_sound_numbers(row) for row in values),
        errors=_row_errors,
    ),
}
"""Name -> kind."""
