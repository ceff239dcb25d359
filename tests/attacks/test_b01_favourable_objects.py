"""B1: objects with favourable `__eq__`, `__float__`, `__array_ufunc__`, subclasses of str and float."""

from findbench.attacks.arena import Arena, Verdicts

OBJECTS = """
class Always(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __array_ufunc__(self, *a, **k): return 0.0
class Text(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
class Sneaky:
    def __float__(self): return 0.0
    def __eq__(self, other): return True
def predict(x):
    return [Always(1e9), Text("anything"), Sneaky()][int(x) % 3]
"""


def test_only_plain_numbers_and_strings_reach_the_host(arena: Arena) -> None:
    outputs = arena.judge().evaluate(OBJECTS, [0.0, 1.0, 2.0]).outputs
    assert [type(x) for x in outputs] == [float, str, float]
    assert outputs == [1e9, "anything", 0.0]
    assert outputs[0] != 5.0


def test_objects_that_equal_everything_score_nothing(arena: Arena, verdicts: Verdicts) -> None:
    verdicts.assert_fails(OBJECTS)
