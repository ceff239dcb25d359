"""E8: the time of a scalar call, by which clean, corrupted and approximated functions were told apart."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import numpy as np
import pytest
from typing_extensions import override

from findbench.attacks.arena import Arena
from findbench.functions.base import FloatArray, Function, Inputs
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab import pace
from findbench.harness.scoring.ranking import auc

CALLS = 20
"""Calls of one experiment, whose times are put together into one guess."""
LABS = 5
"""Labs of each function, in turns: a lab is quicker or slower than another by itself, which tells nothing."""
ROUNDS = 20
"""Experiments in each lab."""
TURNS = 8
"""How often as many labs more are looked at, together with all before: what tells functions apart stays with more labs,
and what chance gave to a few labs goes."""
GUESSED = 0.6
TOLD_APART = 0.7
TIMES = f"""
import json, time
def once(x):
    start = time.perf_counter()
    f(x)
    return time.perf_counter() - start
def left():
    start = time.perf_counter()
    f.left
    return time.perf_counter() - start
once(1.0), left()
print(json.dumps([(once(float(x)), left()) for x in np.random.uniform(*WHERE, {CALLS})]))
"""
NUMERIC = [f for f in load_suite("mini").values() if isinstance(f, NumericFunction)]
CLEAN = min((f for f in NUMERIC if f.tags == ("clean",)), key=lambda f: f.family != "linear")
CORRUPTED = next(f for f in NUMERIC if f.spec.corruption is not None and f.spec.corruption.where == "inside")
COMPOSED = next(f for f in NUMERIC if {"composition", "corruption"} <= set(f.tags))
NETWORK = next(f for f in NUMERIC if "approximation" in f.tags)
QUICKEST, SLOWEST = (load_suite("find")[id_] for id_ in ("numeric/0928", "numeric/0043"))
"""Of all numeric functions: a network, and a corrupted sum of a logarithm and a rational function (2.7 times it)."""
assert CORRUPTED.spec.corruption is not None
INSIDE = CORRUPTED.spec.corruption.interval
DOMAIN = (-128.0, 128.0)


class Laborious(NumericFunction):
    """A line that takes four times as long as the slowest function of the suites, and gives what the line gives."""

    @override
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> FloatArray:
        for _ in range(9):
            super().sample(inputs, uniforms)
        return super().sample(inputs, uniforms)


PAIRS = {
    "clean and corrupted composition": (CLEAN, DOMAIN, COMPOSED, DOMAIN),
    "clean and network": (CLEAN, DOMAIN, NETWORK, DOMAIN),
    "inside and outside of a region": (CORRUPTED, INSIDE, CORRUPTED, (INSIDE[1] + 1, INSIDE[1] + 10)),
    "the quickest and the slowest": (QUICKEST, DOMAIN, SLOWEST, DOMAIN),
}


def told_apart(
    arena: Arena, first: Function, there: tuple[float, float], second: Function, here: tuple[float, float]
) -> Iterator[dict[str, float]]:
    """How well a classifier tells the two apart, by what it looks at: AUC over all labs, folded to at least 0.5.

    After each turn, over all labs so far.
    """
    seen: list[list[list[tuple[float, float]]]] = [[], []]
    for _ in range(TURNS):
        for _ in range(LABS):
            labs = [arena.lab(function, budget=1_000_000) for function in (first, second)]
            for turn in range(ROUNDS):
                for which in (0, 1) if turn % 2 else (1, 0):
                    code = TIMES.replace("WHERE", repr((there, here)[which]))
                    seen[which].append(json.loads(labs[which].run(code).stdout))
            for lab in labs:
                lab.close()
        yield _guesses(*(np.array(times) for times in seen))


def _guesses(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """`one`, `other`: shape (experiments, calls, 2), seconds of `f(x)` and of `f.left` right after it."""
    calls = [times[..., 0] for times in (one, other)]
    above = [times[..., 0] - np.median(times[..., 1], axis=1, keepdims=True) for times in (one, other)]
    return {
        "one call": _auc(*(times.ravel() for times in calls)),
        "mean of 20": _auc(*(times.mean(axis=1) for times in calls)),
        "quick ones of 20": _auc(*(np.quantile(times, 0.2, axis=1) for times in calls)),
        "median of 20 above `f.left`": _auc(*(np.median(times, axis=1) for times in above)),
    }


def _auc(one: np.ndarray, other: np.ndarray) -> float:
    found = auc(np.repeat([True, False], [len(one), len(other)]), [*one.tolist(), *other.tolist()])
    assert found is not None
    return max(found, 1 - found)


@pytest.mark.parametrize("pair", PAIRS)
def test_the_time_of_a_call_tells_nothing_of_the_function(arena: Arena, pair: str) -> None:
    turns = []
    for guesses in told_apart(arena, *PAIRS[pair]):
        turns.append(guesses)
        if max(guesses.values()) < GUESSED:
            return
    pytest.fail(f"times tell the two functions apart, by AUC turn after turn: {turns}")


def test_the_time_of_a_call_tells_functions_apart_where_answers_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its teeth: the defect put back."""
    monkeypatch.setattr(pace.Pace, "wait_for_one", lambda self, start: None)
    with contextlib.closing(Arena("runc", "unix")) as arena:
        turns = told_apart(arena, CLEAN, DOMAIN, Laborious(CLEAN.id, CLEAN.spec), DOMAIN)
        assert any(max(guesses.values()) > TOLD_APART for guesses in turns)
