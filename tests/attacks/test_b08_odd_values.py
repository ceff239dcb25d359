"""B8: NaN, inf, None, complex, overflow so that a comparison turns true; a constant target."""

import pytest

from findbench.attacks.arena import Arena, Verdicts

ODD = [
    "float('nan')",
    "float('inf')",
    "-float('inf')",
    "None",
    "1j",
    "10**400",
    "'41.9'",
    "[41.9]",
    "1e308 * 10",
    "x - x + np",
]


@pytest.mark.parametrize("value", ODD)
def test_odd_values_are_no_answer(arena: Arena, verdicts: Verdicts, value: str) -> None:
    code = f"import numpy as np\ndef predict(x):\n    return {value}\n"
    verdicts.assert_fails(code)
    outputs = arena.judge().evaluate(code, [1.0]).outputs
    assert outputs[0] is None or isinstance(outputs[0], str)
