"""How fast functions are evaluated on the host: values a second by category."""

from __future__ import annotations

import time

import numpy as np

from findbench.functions.base import CATEGORIES, Function
from findbench.functions.suites import Suite

BATCH = {"numeric": 1_000_000, "strings": 5_000, "entities": 500, "relations": 2_000}
"""Inputs a call: large enough that the call itself costs nothing, small enough for a second a category."""
FUNCTIONS = 8
"""Functions a category, spread over the suite."""


def throughput(suite: Suite) -> dict[str, float]:
    """Category -> values a second of `sample` on large batches, over some functions of each category present."""
    rates: dict[str, float] = {}
    for category in CATEGORIES:
        ids = [key for key in suite if key.startswith(f"{category}/")]
        chosen = [suite[key] for key in ids[:: max(1, len(ids) // FUNCTIONS)][:FUNCTIONS]]
        if chosen:
            seconds = sum(_seconds(function, BATCH[category]) for function in chosen)
            rates[category] = len(chosen) * BATCH[category] / seconds
    return rates


def scalar_latency(function: Function) -> float:
    """Seconds of one `sample` call on one input (the mean of 1,000): what a loop of single queries pays."""
    inputs, uniforms = function.held_out(np.random.default_rng(0), 1), np.array([0.5])
    function.sample(inputs, uniforms)
    start = time.perf_counter()
    for _ in range(1000):
        function.sample(inputs, uniforms)
    return (time.perf_counter() - start) / 1000


def _seconds(function: Function, n: int) -> float:
    rng = np.random.default_rng(0)
    drawn = function.held_out(rng, min(n, 1000))
    repeats = n // len(drawn) + 1
    inputs = np.tile(drawn, repeats)[:n] if isinstance(drawn, np.ndarray) else (list(drawn) * repeats)[:n]
    uniforms = rng.random(n)
    function.sample(inputs[:1], uniforms[:1])  # tables and embeddings load at the first call
    start = time.perf_counter()
    function.sample(inputs, uniforms)
    return time.perf_counter() - start
