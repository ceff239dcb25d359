"""Whole episodes per second: a new container, ten experiments, a hundred queries, scoring in another container."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from findbench.harness.bench import baselines
from findbench.harness.bench.timing import percentiles, summarise
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.bench.labs import Place

EXPERIMENTS = 10
QUERIES_EACH = 10
ASKED = 4_400
"""Inputs that scoring asks for: one in each of 4,096 parts of the domain, and FIND's grid."""
ASKED_AGAIN = 512
"""Inputs that it asks for once more, in another order, to see whether the answers depend on anything else."""
CODE = "def predict(x):\n    return 2.0 * x + 1.0\n"


def one_episode(function: Function, index: int, place: Place) -> float:
    """What an interpreter without latency costs the harness; how many seconds of it scoring took."""
    with Lab(function, seed=derive("bench", index), **place.options) as lab:
        for step in range(EXPERIMENTS):
            result = lab.run(f"print(f(np.arange({step}, {step} + {QUERIES_EACH})))")
            assert result.queries == QUERIES_EACH, result
    start = time.perf_counter()
    with CodeRunner(**place.options) as judge:
        for count in (ASKED, ASKED_AGAIN):
            outputs = judge.evaluate(CODE, [float(x) for x in range(count)]).outputs
            assert None not in outputs
    return time.perf_counter() - start


def evaluations(*, repeat: int, place: Place) -> dict[str, float]:
    """What scoring asks for, answered in a code runner that has started: with and without numpy in the code."""
    inputs = [float(x) for x in range(ASKED)]
    figures: dict[str, float] = {}
    with CodeRunner(**place.options) as judge:
        for name, code in {"evaluation": CODE, "evaluation_with_numpy": f"import numpy as np\n{CODE}"}.items():

            def once(code: str = code) -> None:
                assert None not in judge.evaluate(code, inputs).outputs

            figures |= percentiles(f"{place.prefix}{name}", "ms", once, repeat=repeat, warm=1)
    return figures


def rates(function: Function, *, concurrencies: list[int], episodes: int, place: Place) -> dict[str, float]:
    """Episodes per second at each concurrency, by turns with hardened `docker run`s per second; the best of each."""
    figures: dict[str, float] = {}
    best_run = 0.0
    scoring: list[float] = []
    whole: list[float] = []

    def episode(index: int) -> None:
        start = time.perf_counter()
        scoring.append(one_episode(function, index, place))
        whole.append(time.perf_counter() - start)

    for concurrency in concurrencies:
        count = max(episodes, concurrency)
        rate = _rate(episode, count, concurrency)
        figures[f"episodes_per_s_at_{concurrency}"] = round(rate, 3)
        rate = _rate(lambda _: baselines.docker_run(repeat=1, runtime=place.runtime, warm=0), 2 * count, concurrency)
        best_run = max(best_run, rate)
    figures["episodes_per_s_best"] = max(figures.values())
    figures["docker_runs_per_s"] = round(best_run, 3)
    return {**figures, **summarise("scoring", "ms", scoring), **summarise("episode", "ms", whole)}


def _rate(work: Callable[[int], object], count: int, concurrency: int) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as executor:
        list(executor.map(work, range(count)))
    return count / (time.perf_counter() - start)
