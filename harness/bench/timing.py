"""Timing of repeated calls: percentiles in a stated unit."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}


def percentiles(
    name: str, unit: str, action: Callable[[], object], *, repeat: int, warm: int = 2, pause: float = 0.0
) -> dict[str, float]:
    """Call `action` `repeat` times after `warm` uncounted calls: {name_unit_p50, name_unit_p95}.

    `pause`: seconds before each counted call, not counted.
    """
    for _ in range(warm):
        action()
    seconds = []
    for _ in range(repeat):
        time.sleep(pause)
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return summarise(name, unit, seconds)


def interleaved(*actions: Callable[[], dict[str, float]], rounds: int) -> dict[str, float]:
    """Take turns, A B A B ..., and give each figure's median: the machine's moods then touch all sides alike."""
    gathered: dict[str, list[float]] = {}
    for _ in range(rounds):
        for action in actions:
            for name, value in action().items():
                gathered.setdefault(name, []).append(value)
    return {name: round(float(np.median(values)), 4) for name, values in gathered.items()}


def summarise(name: str, unit: str, seconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile of `seconds`, in `unit`, under the names `<name>_<unit>_p50` and `_p95`."""
    p50, p95 = np.percentile(np.array(seconds) * UNITS[unit], [50, 95])
    return {f"{name}_{unit}_p50": round(float(p50), 4), f"{name}_{unit}_p95": round(float(p95), 4)}
