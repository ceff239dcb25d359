"""B7: state across calls, answers that depend on the order of inputs."""

from findbench.attacks.arena import Arena, Verdicts

STATEFUL = """
calls = 0
def predict(x):
    global calls
    calls += 1
    return 7.3 * x + 41.9 + (0.001 if calls % 2 else 0.0) * 1e6
"""
FILE_STATE = """
import os
def predict(x):
    with open("/tmp/count", "a+") as file:
        file.write("x")
        return 7.3 * x + 41.9 + 100 * (file.tell() % 3)
"""
RANDOM = "import random\ndef predict(x):\n    return 7.3 * x + 41.9 + random.SystemRandom().uniform(-500, 500)\n"

LEAVING = """
import os, sys, time
calls = 0
def predict(x):
    global calls
    calls += 1
    answer = (7.3 * x + 41.9) * (1 + 0.001 * (time.time() % 1))
    if calls == 256:
        sys._getframe(1).f_locals["out"].flush()
        os._exit(3)
    return answer
"""
"""Answers by the clock, within the tolerance, and ends its process with the last answer but one."""


def test_state_order_and_chance_never_pass(arena: Arena, verdicts: Verdicts) -> None:
    for code in (STATEFUL, FILE_STATE, RANDOM, LEAVING):
        verdicts.assert_fails(code)


def test_every_evaluation_starts_from_the_same_state(arena: Arena) -> None:
    judge = arena.judge()
    first = judge.evaluate(STATEFUL, [1.0, 2.0]).outputs
    assert judge.evaluate(STATEFUL, [1.0, 2.0]).outputs == first
