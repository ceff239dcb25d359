"""Near misses of a numeric function: one parameter, atom, operator or exception changed, and visibly so."""

from __future__ import annotations

import numpy as np

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.samplers import region_inputs, region_intervals, spread
from findbench.functions.numeric.spec import Corruption, NumericSpec
from findbench.functions.numeric.tolerance import spec_tolerance, target_values

VISIBLE = 5
"""Held-out inputs (of 256 over the domain and 64 a region) on which a near miss must differ."""


def near_misses(rng: np.random.Generator, spec: NumericSpec, n: int) -> list[NumericSpec]:
    """Up to `n` different specs, each one change away from `spec`, whose targets leave the tolerance on some probe."""
    formula = spec.model_copy(update={"network": None})
    found: list[NumericSpec] = []
    for _ in range(3):  # parameters move by a random amount: a second draw finds more of them
        candidates = neighbours(rng, formula)
        for i in rng.permutation(len(candidates)):
            if len(found) >= n:
                return found
            if candidates[i] not in found and visible(rng, spec, candidates[i]):
                found.append(candidates[i])
    return found


def neighbours(rng: np.random.Generator, spec: NumericSpec) -> list[NumericSpec]:
    """Every spec one change away (unchecked)."""
    out = []
    for i, term in enumerate(spec.terms):
        for changed in term.neighbours(rng):
            out.append(spec.model_copy(update={"terms": (*spec.terms[:i], changed, *spec.terms[i + 1 :])}))
    if spec.operator is not None:
        out.append(spec.model_copy(update={"operator": "*" if spec.operator == "+" else "+"}))
        out.extend(spec.model_copy(update={"terms": (term,), "operator": None}) for term in spec.terms)
    if spec.corruption is not None:
        out.append(spec.model_copy(update={"corruption": None}))
        out.append(spec.model_copy(update={"corruption": _moved(rng, spec.corruption)}))
    return out


def _moved(rng: np.random.Generator, hole: Corruption) -> Corruption:
    """The corrupted region elsewhere: an interval moved past itself, a cut's other side."""
    if hole.low is not None and hole.high is not None:
        width = hole.high - hole.low
        shift = round(width * float(rng.uniform(1, 2)), 1)
        low = hole.low + shift if hole.high + shift <= DOMAIN[1] else hole.low - shift
        return hole.model_copy(update={"low": round(low, 1), "high": round(low + width, 1)})
    other = "below" if hole.where == "above" else "above"
    return hole.model_copy(update={"where": other, "low": hole.high, "high": hole.low})


def visible(rng: np.random.Generator, spec: NumericSpec, other: NumericSpec) -> bool:
    """Whether the targets differ beyond the tolerance on held-out inputs, of the domain or a local region: on several,
    so that other random inputs show it too."""
    x = probes(rng, spec, other)
    expected = target_values(spec, x)
    beyond = np.abs(target_values(other, x) - expected) > 1.2 * spec_tolerance(spec, expected)
    return int(np.count_nonzero(beyond)) >= VISIBLE


def probes(rng: np.random.Generator, *specs: NumericSpec, n: int = 256, local: int = 64) -> FloatArray:
    """Held-out inputs: `n` over the domain and `local` in each local region of each spec."""
    regions = [parts for spec in specs for parts in region_intervals(spec).values()]
    return np.concatenate([spread(rng, n), *(region_inputs(rng, parts, local) for parts in regions)])
