"""A14: last-bit fingerprints: the low bits of an answer do not tell how it was computed."""

import numpy as np

from findbench.attacks.arena import Arena
from findbench.functions.suites.builtin import load_suite


def test_the_last_bits_of_answers_are_blank_and_do_not_depend_on_batching(arena: Arena) -> None:
    checked = 0
    for function in load_suite("smoke").values():
        if function.category != "numeric":
            continue
        xs = np.linspace(-120.3, 119.7, 40)
        lab = arena.lab(function)
        result = lab.run(f"xs = {xs.tolist()}\nprint([v.hex() for v in f(xs)])")
        values = np.array(
            [float.fromhex(v) for v in eval(result.stdout, {"__builtins__": {}})]
        )  # our own function's text
        assert not (values.view(np.uint64) & np.uint64(0xFFF)).any()
        replay = arena.lab(function)
        single = replay.run(f"print([f(x).hex() for x in {xs.tolist()}])")
        assert single.stdout == result.stdout
        checked += 1
    assert checked == 4
