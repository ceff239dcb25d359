"""C10: compile bombs: deep nesting, null bytes, megabytes of source, recursion to a crash."""

import pytest

from findbench.attacks.arena import Arena

BOMBS = {
    "brackets": "x = " + "(" * 200 + ")" * 200,
    "deep brackets": "[" * 100_000,
    "unary": "-" * 500_000 + "1",
    "attributes": "a" + ".b" * 100_000,
    "null bytes": "print(1)\0print(2)",
    "a megabyte": "x = 1\n" * 170_000,
    "constant folding": "x = " + "+".join(["'a' * 4096"] * 2000),
    "recursion": "def g(): return g()\ng()",
    "recursion to a crash": "import sys\nsys.setrecursionlimit(10**9)\ndef g(n): return g(n + 1) + g(n + 2)\ng(0)",
    "surrogates": "print('\\ud800')",
    "bad utf-8": "x = '\udcff'",
    "giant integer": "x = int('9' * 4000) ** 4000 ** 2",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_harms_its_own_experiment_only(arena: Arena, name: str) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    result = lab.run(BOMBS[name], seconds=5.0)
    assert result.status in ("ok", "error", "killed", "memory", "timeout")
    assert lab.run("print(kept)").stdout == "5\n"
    arena.assert_works(lab)
