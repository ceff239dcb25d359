"""A12: hostile inputs to `f`: NaN, inf, 1e308, bool, huge int, numpy subclasses, nested lists, a million items, surrogates."""

from findbench.attacks.arena import Arena, HiddenText

NUMBERS = """
class Sub(np.ndarray):
    def __array_finalize__(self, obj): pass
class Float(float):
    def __float__(self): return 1.0
bad = [float("nan"), float("inf"), -float("inf"), True, 10**400, np.array([1.0, np.nan]), np.array([1j]), "x", b"x",
       np.ma.masked_array([1.0], [True]), [True, 1], [float("inf")], np.array(["a"], object), None, [None]]
good = [1e308, -1e308, 5e-324, 0.0, -0.0, np.float32(1), np.int64(3), 7, [1, 2.5], [[1, 2], [3, 4]], np.zeros((2, 3)),
        np.array([1.0, 2.0]).view(Sub), Float(2.0), range(3), (1, 2), np.arange(10)[::-2], np.float64(1.0), []]
refused = 0
for x in bad:
    try:
        f(x)
    except (TypeError, ValueError):
        refused += 1
for x in good:
    f(x)
print(refused, len(bad))
"""
TEXTS = """
for x in ["\\ud800", "a\\x00b", "", "é" * 9000, ["\\udfff", "ok"], "\\u202egnp", "🙂" * 100]:
    f(x)
refused = 0
for x in ["x" * 10_001, ["y" * 10**7], 3, [1, 2], ["a", 1], None, b"x"]:
    try:
        f(x)
    except (TypeError, ValueError):
        refused += 1
print(refused)
"""


def test_hostile_numbers_are_refused_by_a_fixed_word_or_evaluated(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(NUMBERS)
    assert result.status == "ok", result
    refused, bad = map(int, result.stdout.split())
    assert refused >= bad - 1  # a masked array is data to numpy; everything else of the list is refused
    arena.assert_works(lab)


def test_hostile_texts_are_refused_by_a_fixed_word_or_evaluated(arena: Arena) -> None:
    lab = arena.lab(HiddenText())
    result = lab.run(TEXTS)
    assert result.status == "ok", result
    assert result.stdout == "7\n"
    assert lab.run("print(f('abc'))").stdout == "CBA\n"


def test_a_million_items_over_the_budget_cost_nothing_and_evaluate_nothing(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run("try:\n    f(np.zeros(1_000_000))\nexcept BudgetExhausted as error:\n    print('refused')")
    assert result.stdout == "refused\n"
    assert lab.queries == 0
    arena.assert_works(lab)
