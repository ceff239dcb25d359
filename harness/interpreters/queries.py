"""Lists of inputs as lab code, for models that only name inputs and for exemplars. The inputs travel as data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from findbench.harness.errors import InfrastructureError

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike

MAX_INPUTS = 100
"""Inputs in one list that a model names."""
MAX_CHARACTERS = 1000
"""Characters of one input that a model names."""


class _InputKind(NamedTuple):
    schema: dict[str, Any]
    """JSON schema of one input, for a tool."""
    accepts: Callable[[Any], bool]
    words: str
    """What inputs must be, for the model."""


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e300 and math.isfinite(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_CHARACTERS


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MAX_INPUTS and all(map(_is_number, value))


_INPUT_KINDS = {
    "number": _InputKind({"type": "number"}, _is_number, "finite numbers"),
    "text": _InputKind({"type": "string"}, _is_text, f"strings of at most {MAX_CHARACTERS} characters"),
    "row": _InputKind(
        {"type": "array", "items": {"type": "number"}}, _is_row, f"lists of 1 to {MAX_INPUTS} finite numbers"
    ),
}


def input_schema(kind: str) -> dict[str, Any]:
    """The JSON schema of one input of that kind."""
    return _INPUT_KINDS[kind].schema


def parse_inputs(text: str, kind: str) -> list[Any]:
    """The JSON list of inputs that a model wrote. Raises ValueError, one line for the model, when it is not that."""
    try:
        inputs = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("the inputs are not a JSON list") from None
    if not isinstance(inputs, list) or not inputs:
        raise ValueError("the inputs are not a JSON list with at least one element")
    if len(inputs) > MAX_INPUTS:
        raise ValueError(f"there are {len(inputs)} inputs, and at most {MAX_INPUTS} are allowed at a time")
    if not all(map(_INPUT_KINDS[kind].accepts, inputs)):
        raise ValueError(f"the inputs must be {_INPUT_KINDS[kind].words}")
    return [float(x) for x in inputs] if kind == "number" else inputs


def lab_code(inputs: Sequence[Any]) -> str:
    """Python that prints `f(x) = y` for each input. The inputs travel as an ASCII JSON literal."""
    return (
        "import json as _json\n"
        f"_inputs = _json.loads({json.dumps(list(inputs))!r})\n"
        "for _x, _y in zip(_inputs, f(_inputs)):\n"
        "    print(f'f({_x!r}) = {_y!r}')\n"
    )


def observe_exemplars(lab: LabLike, inputs: Sequence[Any]) -> str:
    """One line `f(x) = y` for each of as many inputs as the budget allows, empty for none. They count as queries."""
    affordable = list(inputs)[: max(0, lab.remaining)]
    if not affordable:
        return ""
    result = lab.run(lab_code(affordable))
    if result.status != "ok":
        raise InfrastructureError(
            f"the exemplars could not be observed: the lab ended the experiment with status {result.status!r}"
        )
    return result.stdout.strip()
