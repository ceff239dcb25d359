"""A13: timing of answers: an answer's time tells nothing of where the input lies."""

from findbench.attacks.arena import Arena

TIMES = """
import time
def median(x, n=300):
    out = []
    for _ in range(n):
        start = time.perf_counter()
        f(x)
        out.append(time.perf_counter() - start)
    return float(np.median(out))
pairs = [(median(-100.0), median(100.0)) for _ in range(5)]
print(max(min(a / b for a, b in pairs), min(b / a for a, b in pairs)))
"""


def test_the_time_of_an_answer_does_not_tell_the_region(arena: Arena) -> None:
    # All branches are evaluated for every input (vectorised), so medians differ by noise alone: in at least one of
    # five rounds each way, neither side is slower than twice the other.
    lab = arena.lab(budget=10_000)
    result = lab.run(TIMES)
    assert result.status == "ok", result
    assert float(result.stdout) < 2.0
