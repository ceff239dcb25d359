"""B12: a table smuggled in a long description or code (length caps, reported)."""

import numpy as np

from findbench.attacks.arena import Arena, Verdicts


def test_code_over_the_cap_is_not_run(arena: Arena, verdicts: Verdicts) -> None:
    table = {round(float(x), 4): 0.0 for x in np.arange(-128, 128, 0.005)}
    verdicts.assert_fails(f"T = {table}\ndef predict(x):\n    return 7.3 * x + 41.9\n")


def test_source_over_a_mebibyte_never_reaches_a_lab(arena: Arena) -> None:
    evaluation = arena.judge().evaluate("#" * (1 << 20) + "\ndef predict(x):\n    return x", [1.0])
    assert evaluation.outputs == [None]
    assert "over" in (evaluation.error or "")
    result = arena.lab().run("#" * (1 << 20) + "\n")
    assert result.status == "error"
