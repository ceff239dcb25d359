"""Asking `f` for outputs by experiments that print a line of JSON for each. What a lab prints is parsed strictly."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike

NUMBERS_AT_ONCE = 400
"""Inputs of one experiment whose outputs are numbers: some 8 KiB, half of what comes back of its stdout by default."""
TEXTS_AT_ONCE = 100
"""Inputs of one experiment whose outputs are texts, which are longer."""
MAX_LINE = 1000
"""Characters of a line that is parsed; no output of a function of the suites is nearly as long."""

Output = TypeVar("Output")


class Questions(Protocol):
    """What a strategy asks: the `f` of a lab, or where no lab is needed, the function itself."""

    @property
    def remaining(self) -> int:
        """Number of queries that are left."""

    def ask(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs in order; fewer when the budget ends or something that is not an output comes back."""


class LabQuestions:
    """`Questions` to the `f` of a lab."""

    def __init__(self, lab: LabLike, output_kind: str) -> None:
        """`output_kind`: `number`, `text` or `row`."""
        self._lab = lab
        self._ask = ASK[output_kind]

    @property
    def remaining(self) -> int:
        """Number of queries that are left."""
        return self._lab.remaining

    def ask(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs in order; fewer when the budget ends, an experiment fails, or something else is printed."""
        return self._ask(self._lab, inputs)


def ask_for_numbers(lab: LabLike, inputs: Sequence[Any]) -> list[float]:
    """The finite numbers that `f` gives, in order.

    Shorter than `inputs` when the budget ends, an experiment fails, or something else is printed; so are the others.
    """
    return _ask(lab, inputs, _as_number, NUMBERS_AT_ONCE)


def ask_for_activations(lab: LabLike, inputs: Sequence[str]) -> list[float]:
    """The numbers from 0 to 1 that `f` gives, in order."""
    return _ask(lab, inputs, _as_activation, TEXTS_AT_ONCE)


def ask_for_texts(lab: LabLike, inputs: Sequence[Any]) -> list[str]:
    """The texts that `f` gives, in order."""
    return _ask(lab, inputs, _as_text, TEXTS_AT_ONCE)


def ask_for_rows(lab: LabLike, inputs: Sequence[Any]) -> list[list[float]]:
    """The rows of finite numbers that `f` gives, in order."""
    return _ask(lab, inputs, _as_row, TEXTS_AT_ONCE)


ASK: dict[str, Callable[[LabLike, Sequence[Any]], list[Any]]] = {
    "number": ask_for_numbers,
    "text": ask_for_texts,
    "row": ask_for_rows,
}
"""How to ask, by the kind of the outputs."""


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _as_activation(value: object) -> float | None:
    return value if isinstance(value, float) and 0 <= value <= 1 else None


def _as_row(value: object) -> list[float] | None:
    numbers = [_as_number(item) for item in value] if isinstance(value, list) else [None]
    return None if None in numbers else [number for number in numbers if number is not None]


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _ask(lab: LabLike, inputs: Sequence[Any], accept: Callable[[object], Output | None], at_once: int) -> list[Output]:
    outputs: list[Output] = []
    while len(outputs) < len(inputs) and lab.remaining > 0:
        batch = list(inputs[len(outputs) :][: min(at_once, lab.remaining)])
        result = lab.run(f"import json\nfor _output in f({batch!a}):\n    print(json.dumps(_output))\n")
        found = _parse(result.stdout, accept)[: len(batch)] if result.status == "ok" else []
        if not found:
            break
        outputs += found  # when stdout was cut, the rest of the batch is asked for again
    return outputs


def _parse(stdout: str, accept: Callable[[object], Output | None]) -> list[Output]:
    """The outputs up to the first line that is not one."""
    outputs: list[Output] = []
    for line in stdout.split("\n"):
        try:
            output = accept(json.loads(line)) if len(line) <= MAX_LINE else None
        except (ValueError, RecursionError):
            break
        if output is None:
            break
        outputs.append(output)
    return outputs
