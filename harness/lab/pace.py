"""How long the oracle takes for an answer: for every function as long as for the slowest, however soon it knows it.

An answer's time would tell clean, corrupted and approximated functions apart, and an input inside of a region from one
outside. So an answer leaves at a moment that depends on this machine and the number of inputs only.
"""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np

UNITS = 2.75
"""What an answer to one number takes, in units of `_unit`: the slowest functions of the suite `find` take 2.5."""
UNITS_PER_NUMBER = 0.003
"""And for each further number: the slowest take 0.0024."""
PACED = 4096
"""Numbers in one call up to which its answer is paced. More than any budget of a comparison; beyond, a call takes what
it takes, so that it costs the host nothing more."""
MEASURED = 200
"""How often the unit is measured; the median counts."""


def wait(start: float, count: int) -> None:
    """Return when a call of `count` inputs that began at `start` (of `time.perf_counter`) may be answered.

    Busy, for no sleep is as short; a call that is late already is not held.
    """
    if count <= PACED:
        end = start + unit_seconds() * (UNITS + UNITS_PER_NUMBER * (count - 1))
        now = time.perf_counter
        while now() < end:
            pass


@lru_cache
def unit_seconds() -> float:
    """What `_unit` takes on this machine, measured once per process."""
    seconds = []
    for _ in range(MEASURED):
        start = time.perf_counter()
        _unit()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[MEASURED // 2]


def _unit() -> None:
    """A dozen operations of numpy on one number: a function of the suites is some more or fewer of the same kind."""
    x = np.array([3.3])
    clipped = np.minimum(np.maximum(x, -1e9), 1e9)
    values = 2.0 * np.sin(clipped * 3.0) + 1.0
    chosen = np.where((clipped >= 1.0) & (clipped <= 2.0), values, clipped)
    bits = (chosen + 0.0).view(np.uint64)
    bits += np.uint64(2048)
