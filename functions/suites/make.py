"""Make a suite from a seed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from findbench.functions.base import CATEGORIES, Category
from findbench.functions.errors import SuiteError
from findbench.functions.suites.suite import Suite, canonical_line

VERSION = 1
"""Of the generators: raised when the same seed gives other functions than before."""
Progress = Callable[[Category, int], None]


def make_suite(name: str, seed: int, counts: Mapping[Category, int], progress: Progress | None = None) -> Suite:
    """Generate `counts` functions a category. Equal seed and version, equal suite; `progress(category, n)` is called
    after each n functions. Raises `SuiteError` for impossible counts."""
    if seed < 0 or any(count < 0 for count in counts.values()):
        raise SuiteError("the seed and the counts of a suite must not be negative")
    if sum(counts.values()) == 0:
        raise SuiteError("a suite needs at least one function: give a count for some category")
    lines: dict[Category, list[str]] = {}
    for index, category in enumerate(CATEGORIES):
        count = counts.get(category, 0)
        if count == 0:
            continue
        generate = getattr(import_module(f"findbench.functions.{category}"), "generate", None)
        if generate is None:
            raise SuiteError(f"this version generates no {category} functions: leave --{category} out")
        rng = np.random.default_rng([seed, VERSION, index])
        options: dict[str, Any] = {}
        done = 0
        if progress is not None and "progress" in inspect.signature(generate).parameters:

            def step(n: int, category: Category = category) -> None:
                nonlocal done
                done += n
                progress(category, n)

            options["progress"] = step
        lines[category] = [canonical_line(spec) for spec in generate(rng, count, **options)]
        if progress is not None and done < count:
            progress(category, count - done)
    return Suite(name, seed, VERSION, lines)
