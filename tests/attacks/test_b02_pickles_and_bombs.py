"""B2: pickles, `__del__` and `__reduce__` bombs, lazy values."""

import re
from pathlib import Path

import findbench.harness
from findbench.attacks.arena import Arena, Verdicts

BOMBS = """
import os
class Bomb(float):
    def __reduce__(self): return (os.system, ("touch /tmp/owned",))
    def __del__(self): os.write(1, b"boom")
    def __float__(self): raise SystemExit
class Lazy:
    def __float__(self):
        return __import__("time").sleep(0.001) or 1.5
def predict(x):
    return Bomb(2.5) if x > 0 else Lazy()
"""


def test_values_are_flattened_inside_and_nothing_is_unpickled_on_the_host(arena: Arena, verdicts: Verdicts) -> None:
    evaluation = arena.judge().evaluate(BOMBS, [1.0, -1.0, 2.0])
    assert evaluation.outputs[1:2] in ([1.5], [None])
    assert not Path("/tmp/owned").exists()
    verdicts.assert_fails(BOMBS)


def test_the_host_code_unpickles_nothing() -> None:

    for path in Path(findbench.harness.__file__).parent.rglob("*.py"):
        assert not re.search(r"import (cloud)?pickle|pickle\.|marshal|shelve", path.read_text()), path
