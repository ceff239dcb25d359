"""B6: code that behaves differently when it is scored."""

from findbench.attacks.arena import Arena, Verdicts

AWARE = """
import sys, os
scored = "f" not in globals()
def predict(x):
    return 7.3 * x + 41.9 if not scored else 7.3 * x + 41.9 + 1000.0
"""


def test_only_what_the_code_does_while_scored_counts(arena: Arena, verdicts: Verdicts) -> None:
    lab = arena.lab()
    tried = lab.run(AWARE + "\nprint(abs(predict(10.0) - f(10.0)) < 2)")
    assert tried.stdout == "True\n"
    verdicts.assert_fails(AWARE)
