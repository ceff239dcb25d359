"""Lists of inputs as lab code, for models that only name inputs and for exemplars. The code is ours, inputs data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from findbench.harness.errors import InfrastructureError
from findbench.harness.interpreters import LabLike

MOST = 100
"""Inputs in one list that a model names."""
LONGEST = 1000
"""Characters of one input that a model names."""


def parse_inputs(text: str, kind: str) -> list[float] | list[str]:
    """The JSON list that a model wrote. Raises ValueError, one line for the model, when it is not that."""
    try:
        inputs = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("the inputs are not a JSON list") from None
    if not isinstance(inputs, list) or not inputs:
        raise ValueError("the inputs are not a JSON list with something in it")
    if len(inputs) > MOST:
        raise ValueError(f"{len(inputs)} inputs are more than {MOST} at a time")
    if kind == "number":
        if not all(type(x) in (int, float) and abs(x) < 1e300 and math.isfinite(x) for x in inputs):
            raise ValueError("the inputs must be finite numbers")
        return [float(x) for x in inputs]
    if not all(isinstance(x, str) and len(x) <= LONGEST for x in inputs):
        raise ValueError(f"the inputs must be strings of at most {LONGEST} characters")
    return inputs


def lab_code(inputs: Sequence[float] | Sequence[str]) -> str:
    """Python that prints `f(x) = y` for each input. The inputs travel as an ASCII JSON literal."""
    return (
        "import json as _json\n"
        f"_inputs = _json.loads({json.dumps(list(inputs))!r})\n"
        "for _x, _y in zip(_inputs, f(_inputs)):\n"
        "    print(f'f({_x!r}) = {_y!r}')\n"
    )


def observe(lab: LabLike, inputs: Sequence[float] | Sequence[str]) -> str:
    """The pairs `f(x) = y`, one a line, of as many inputs as the budget allows. They count as queries."""
    affordable = list(inputs)[: max(0, lab.remaining)]
    if not affordable:
        return "(none)"
    result = lab.run(lab_code(affordable))  # type: ignore[arg-type]  # a slice of either kind of sequence
    if result.status != "ok":
        raise InfrastructureError(
            f"the exemplars could not be observed: the lab ended the query with {result.status!r}"
        )
    return result.stdout.strip()
