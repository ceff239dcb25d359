"""A 1-64-ReLU-1 network as data, evaluated exactly: in one dimension it is piecewise linear."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import model_validator

from findbench.functions.base import FloatArray, Spec

HIDDEN = 64


@dataclass(frozen=True, eq=False)  # eq=False: pydantic compares cached properties too, and arrays have no truth value
class _Pieces:
    knots: FloatArray
    slopes: FloatArray
    intercepts: FloatArray


class Network(Spec):
    """`bias + sum_j outputs[j] * max(0, weights[j] * x + biases[j])`, all in the function's own units."""

    weights: tuple[float, ...]
    biases: tuple[float, ...]
    outputs: tuple[float, ...]
    bias: float

    @model_validator(mode="after")
    def _equal_lengths(self) -> Network:
        if not len(self.weights) == len(self.biases) == len(self.outputs):
            raise ValueError("weights, biases and outputs of a network must be equally many")
        return self

    @cached_property
    def _pieces(self) -> _Pieces:
        """Knots, and slope and intercept of each piece between them: a table look-up instead of a matrix product, whose
        last bits would depend on the size of the batch."""
        w, b, v = np.array(self.weights), np.array(self.biases), np.array(self.outputs)
        moving = w != 0
        level = self.bias + float(np.sum((v * np.maximum(b, 0))[~moving]))
        w, b, v = w[moving], b[moving], v[moving]
        at = -b / w
        order = np.argsort(at, kind="stable")
        w, b, v, at = w[order], b[order], v[order], at[order]
        # Left of all knots the units with falling activation are on; crossing a knot toggles its unit.
        toggle = np.where(w > 0, 1.0, -1.0)
        slopes = np.concatenate([[np.sum((v * w)[w < 0])], v * w * toggle]).cumsum()
        intercepts = np.concatenate([[level + np.sum((v * b)[w < 0])], v * b * toggle]).cumsum()
        return _Pieces(at, slopes, intercepts)

    def evaluate(self, x: FloatArray) -> FloatArray:
        """The network's output for each x."""
        pieces = self._pieces
        piece = np.searchsorted(pieces.knots, x)
        return pieces.slopes[piece] * x + pieces.intercepts[piece]

    def evaluate_one(self, x: float) -> float:
        """The same for one x, with the same bits."""
        knots, slopes, intercepts = self._lists
        piece = bisect_left(knots, x)
        return slopes[piece] * x + intercepts[piece]

    @cached_property
    def _lists(self) -> tuple[list[float], list[float], list[float]]:
        """The pieces as numbers: one is looked up in a list in a fraction of what it takes in an array."""
        pieces = self._pieces
        return pieces.knots.tolist(), pieces.slopes.tolist(), pieces.intercepts.tolist()
