"""How long the oracle takes for an answer: for every function as long as for the slowest, however soon it knows it.

An answer's time would tell clean, corrupted and approximated functions apart, and an input inside of a region from one
outside. So an answer leaves at a moment that depends on this machine and the number of inputs only.
"""

from __future__ import annotations

import select
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

UNITS_OF_MANY = 1.5
"""What an answer to many inputs takes longer than one to one input, at least, in units of `_unit`."""
UNITS_PER_INPUT = 0.0055
"""And for each of them."""
PACED = 4096
"""Inputs in one call up to which its answer is paced: more than the budget of any comparison. A longer call takes what
it takes, so that it costs the host nothing more."""
MEASURED = 1000
"""How often the unit is measured; the quickest counts, for it does not hang on what else the machine does."""


@dataclass(frozen=True)
class Pace:
    """When answers leave. A call that is late already is not held."""

    units: float
    """What an answer to one input takes, in units of `_unit`."""
    shared: bool
    """Whether other threads of this process go on while an answer waits, which makes it a little less punctual."""

    def wait_for_one(self, start: float) -> None:
        """Return when a call of one input that began at `start` (of `time.perf_counter`) may be answered."""
        self._wait_until(start + self.units * unit_seconds())

    def wait_for_many(self, start: float, count: int) -> None:
        """The same for a call of `count` inputs."""
        if count <= PACED:
            self._wait_until(start + (self.units + UNITS_OF_MANY + UNITS_PER_INPUT * count) * unit_seconds())

    def _wait_until(self, end: float) -> None:
        """Busy, for no sleep is as short."""
        now = time.perf_counter
        while now() < end:
            if self.shared:
                select.select((), (), (), 0)


NEAR = Pace(2.2, shared=False)
"""Where a call comes from the next process, over a unix socket. The median of a network is 0.7 units there, of the
slowest compositions that are corrupted too 1.2."""
FAR = Pace(14.0, shared=True)
"""Where a call comes from further away: over stdin and stdout, or from a kernel of the runtime's own. What answers has
slept meanwhile, and its caches are cold: a clean function takes 2 to 5 units at the median and 7 to 10 in one of ten
calls, the slowest compositions 3 to 7 and 8 to 12."""


@lru_cache
def unit_seconds() -> float:
    """What `_unit` takes on this machine, measured once per process."""
    seconds = []
    for _ in range(MEASURED):
        start = time.perf_counter()
        _unit()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _unit() -> None:
    """A dozen operations of numpy on one number: a function of the suites is some more or fewer of the same kind."""
    x = np.array([3.3])
    clipped = np.minimum(np.maximum(x, -1e9), 1e9)
    values = 2.0 * np.sin(clipped * 3.0) + 1.0
    chosen = np.where((clipped >= 1.0) & (clipped <= 2.0), values, clipped)
    bits = (chosen + 0.0).view(np.uint64)
    bits += np.uint64(2048)
