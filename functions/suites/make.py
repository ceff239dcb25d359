"""Make a suite from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from findbench.functions.categories import CATEGORIES, load_category
from findbench.functions.errors import SuiteError
from findbench.functions.suites.suite import Suite, canonical_line

VERSION = 1
"""Version of the generators, raised when the same seed gives other functions than before."""
Progress = Callable[[str, int], None]
"""(category, number of further functions)."""


def make_suite(
    name: str, seed: int, counts: Mapping[str, int], progress: Progress = lambda _category, _n: None
) -> Suite:
    """Generate `counts` functions per category. Equal seed and version, equal suite; `progress(category, n)` is called
    after each n functions. Raises `SuiteError` for impossible counts and unknown categories."""
    if seed < 0 or any(count < 0 for count in counts.values()):
        raise SuiteError("the seed and the counts of a suite must not be negative")
    if sum(counts.values()) == 0:
        raise SuiteError("a suite needs at least one function: give a count for some category")
    lines: dict[str, list[str]] = {}
    for category, count in counts.items():
        if count == 0:
            continue
        generate = load_category(category).generate
        rng = np.random.default_rng([seed, VERSION, list(CATEGORIES).index(category)])

        def step(n: int, category: str = category) -> None:
            progress(category, n)

        lines[category] = [canonical_line(spec) for spec in generate(rng, count, progress=step)]
    return Suite(name, seed, VERSION, lines)
