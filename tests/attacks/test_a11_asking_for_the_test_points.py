"""A11: asking the oracle for the public test grid and answering with a table."""

import numpy as np

from findbench.attacks.arena import Arena
from findbench.functions.suites.builtin import load_suite
from findbench.harness.schema.brief import Interpretation
from findbench.harness.scoring.scorer import held_out, score_episode


def test_a_table_of_the_public_grid_does_not_pass(arena: Arena) -> None:
    function = next(
        f for f in load_suite("mini").values() if f.category == "numeric" and f.family not in ("constant", "step")
    )
    lab = arena.lab(function)
    grid = np.arange(-128, 128) + 0.5
    result = lab.run(f"print(list(map(float, f(np.array({grid.tolist()})))))")
    code = f"T = dict(zip({grid.tolist()}, {result.stdout}))\ndef predict(x):\n    return T[x]\n"
    score = score_episode(
        function, Interpretation(description="a table", code=code), seed=3, open_runner=arena.judge, queried=lab.queried
    )
    assert score.pass_ is False
    assert score.overlap == 0.0


def test_held_out_inputs_are_not_the_public_grid_and_differ_by_episode() -> None:
    function = next(f for f in load_suite("mini").values() if f.category == "numeric")
    first, second = (held_out(function, seed) for seed in (1, 2))
    scored = [set(np.asarray(found.asked)[found.global_].tolist()) for found in (first, second)]
    assert len(scored[0]) == 256
    assert not scored[0] & set((np.arange(-128, 128) + 0.5).tolist())
    assert not scored[0] & scored[1]
