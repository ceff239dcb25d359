"""B3: monkeypatched `math`, `numpy`, `json`, `builtins`; shadow modules in the working folder."""

from findbench.attacks.arena import Arena, Verdicts

PATCH = """
import builtins, json, math, sys, os
np = sys.modules["numpy"]
np.isfinite = np.allclose = np.array_equal = lambda *a, **k: True
np.frombuffer = lambda *a, **k: np.zeros(3)
json.dumps = json.loads = lambda *a, **k: "0"
math.isfinite = lambda x: True
builtins.float = builtins.len = builtins.sum = lambda *a, **k: 0
wire = sys.modules.get("wire")
wire.encode_output = lambda output: wire.SCALAR.pack(8, wire.NUMBER, 1.0)
wire.HEADER = wire.SCALAR
def predict(x):
    return x
"""
SHADOW = """
import os, sys
for name in ("json", "numpy", "math", "wire", "random"):
    open(f"/tmp/{name}.py", "w").write("raise RuntimeError('shadowed')")
sys.path.insert(0, "/tmp")
sys.modules["numpy"].arange = None
np.sum = lambda *a: 42
"""


def test_patched_modules_change_no_verdict(arena: Arena, verdicts: Verdicts) -> None:
    verdicts.assert_fails(PATCH)


def test_patches_of_one_evaluation_do_not_reach_the_next(arena: Arena) -> None:
    judge = arena.judge()
    judge.evaluate(PATCH, [1.0, 2.0])
    assert judge.evaluate("def predict(x):\n    return 2 * x", [1.0, 2.0]).outputs == [2.0, 4.0]


def test_shadow_modules_do_not_reach_the_runner_or_another_lab(arena: Arena) -> None:
    lab = arena.lab()
    lab.run(SHADOW)
    arena.assert_works(lab)
    arena.assert_works(arena.lab())
