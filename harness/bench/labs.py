"""What a lab costs: experiments, calls of `f`, arrays, start, pool, close, memory."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from findbench.functions.suites.builtin import load_suite
from findbench.harness.bench.timing import percentiles, summarise
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox.pool import Pool

if TYPE_CHECKING:
    from findbench.functions.base import Function
    from findbench.harness.sandbox.backend import Transport

TRIVIAL = "print(np.arange(10).sum())"
"""A trivial experiment that uses numpy."""
PAUSE_SECONDS = 0.1
"""What a quick model takes for its next experiment, at the very least."""
SCALAR_LOOP = """
import time
seconds = []
for i in range({count}):
    x = {value}
    start = time.perf_counter()
    f(x)
    seconds.append(time.perf_counter() - start)
print(np.percentile(seconds, 50) * 1e6)
"""
ARRAY_LOOP = """
import time
x = np.linspace(-128, 128, 1_000_000)
seconds = []
for i in range({count}):
    start = time.perf_counter()
    f(x)
    seconds.append(time.perf_counter() - start)
print(np.percentile(seconds, 50) * 1e3)
"""
FORK_LOOP = """
import os, time
code = compile({trivial!r}, "<experiment>", "exec")
seconds = []
for i in range({count}):
    start = time.perf_counter()
    pid = os.fork()
    if not pid:
        exec(code)
        os._exit(0)
    os.waitpid(pid, 0)
    seconds.append(time.perf_counter() - start)
print("p50", np.percentile(seconds, 50) * 1e3)
"""


class Place(NamedTuple):
    """Where labs run, how they are reached, and what that puts before the names of its figures."""

    prefix: str
    runtime: str
    transport: Transport

    @property
    def options(self) -> dict[str, Any]:
        """For whatever starts labs."""
        return {"runtime": self.runtime, "transport": self.transport}


def _printed(lab: Lab, code: str) -> float:
    result = lab.run(code)
    assert result.status == "ok", result
    return float(result.stdout.split()[-1])


def experiments(function: Function, *, repeat: int, place: Place) -> dict[str, float]:
    """Round trip of a trivial experiment, and beside it a bare fork + exec + wait in the same container.

    One after the other, and once more with pauses as a model makes them: a lab uses these to fork ahead.
    """
    prefix, options = place.prefix, place.options
    with Lab(function, **options) as lab:

        def once() -> None:
            lab.run(TRIVIAL)

        figures = percentiles(f"{prefix}experiment", "ms", once, repeat=repeat, warm=10)
        figures |= percentiles(
            f"{prefix}experiment_after_pause", "ms", once, repeat=max(5, repeat // 4), warm=1, pause=PAUSE_SECONDS
        )
        figures[f"{prefix}fork_exec_wait_ms_p50"] = _printed(lab, FORK_LOOP.format(trivial=TRIVIAL, count=repeat))
    return figures


def calls(*, repeat: int, place: Place) -> dict[str, float]:
    """Scalar, string and array calls of `f`, timed inside the lab."""
    prefix, options = place.prefix, place.options
    functions = load_suite("mini").values()
    numeric = next(each for each in functions if each.interval is not None and "clean" in each.tags)
    text = next(each for each in functions if each.input_kind == "text")
    with Lab(numeric, budget=100_000_000, **options) as lab:
        figures = {
            f"{prefix}scalar_call_us_p50": _printed(lab, SCALAR_LOOP.format(count=20 * repeat, value="i % 99 - 50.5")),
            f"{prefix}array_call_ms_p50": _printed(lab, ARRAY_LOOP.format(count=max(5, repeat // 10))),
        }
    figures[f"{prefix}array_values_per_s"] = 1e9 / figures[f"{prefix}array_call_ms_p50"]
    with Lab(text, budget=100_000_000, **options) as lab:
        loop = SCALAR_LOOP.format(count=20 * repeat, value='"word %d" % i')
        figures[f"{prefix}string_call_us_p50"] = _printed(lab, loop)
    return figures


def starts(function: Function, *, repeat: int, place: Place) -> dict[str, float]:
    """A lab cold (to its first experiment's end), from a warm pool, and closing."""
    prefix, options = place.prefix, place.options
    cold, closing, warm = [], [], []
    for _ in range(repeat):
        start = time.perf_counter()
        lab = Lab(function, **options)
        lab.start()
        cold.append(time.perf_counter() - start)
        start = time.perf_counter()
        lab.close()
        closing.append(time.perf_counter() - start)
    with Pool(min(repeat, 4), **options) as pool:
        for _ in range(repeat):
            pool.wait_full()
            start = time.perf_counter()
            lab = Lab(function, **options, pool=pool)
            lab.start()
            warm.append(time.perf_counter() - start)
            lab.close()
    return {
        **summarise(f"{prefix}lab_start", "ms", cold),
        **summarise(f"{prefix}lab_from_pool", "ms", warm),
        **summarise(f"{prefix}lab_close", "ms", closing),
    }


def memory(function: Function, *, count: int, place: Place) -> dict[str, float]:
    """MiB of an idle lab (its processes' proportional share, as the kernel counts it) and of the harness for each."""
    before = _own_mib()
    labs = [Lab(function, **place.options) for _ in range(count)]
    try:
        for lab in labs:
            lab.start()
        shares = [lab.memory_bytes / 2**20 for lab in labs]
        own = (_own_mib() - before) / count
        for lab in labs:
            lab.run(TRIVIAL)
        used = [lab.memory_bytes / 2**20 for lab in labs]
    finally:
        for lab in labs:
            lab.close()
    return {
        "idle_lab_mib": round(statistics.median(shares), 2),
        "used_lab_mib": round(statistics.median(used), 2),
        "harness_mib_per_lab": round(max(0.0, own), 3),
    }


def _own_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20
