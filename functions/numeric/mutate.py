"""Mutants of a numeric function: one parameter, atom, operator or exception changed, and visibly so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.samplers import probes
from findbench.functions.numeric.tolerance import spec_tolerance, target_values

if TYPE_CHECKING:
    from findbench.functions.numeric.spec import Corruption, NumericSpec

VISIBLE = 5
"""Held-out inputs (of 256 over the domain and 64 per region) on which a mutant must differ."""


def mutant_specs(rng: np.random.Generator, spec: NumericSpec, n: int) -> list[NumericSpec]:
    """Up to `n` different specs, each one change away from `spec`, whose targets leave the tolerance on some probe."""
    formula = spec.model_copy(update={"network": None})
    found: list[NumericSpec] = []
    for _ in range(3):  # parameters move by a random amount: a second draw finds more of them
        candidates = _candidates(rng, formula)
        for i in rng.permutation(len(candidates)):
            if len(found) >= n:
                return found
            if candidates[i] not in found and visible(rng, spec, candidates[i]):
                found.append(candidates[i])
    return found


def _candidates(rng: np.random.Generator, spec: NumericSpec) -> list[NumericSpec]:
    """Every spec one change away (unchecked)."""
    out = []
    for i, term in enumerate(spec.terms):
        for changed in term.mutants(rng):
            out.append(spec.model_copy(update={"terms": (*spec.terms[:i], changed, *spec.terms[i + 1 :])}))
    if spec.operator is not None:
        out.append(spec.model_copy(update={"operator": "*" if spec.operator == "+" else "+"}))
        out.extend(spec.model_copy(update={"terms": (term,), "operator": None}) for term in spec.terms)
    if spec.corruption is not None:
        out.append(spec.model_copy(update={"corruption": None}))
        out.append(spec.model_copy(update={"corruption": _moved(rng, spec.corruption)}))
    return out


def _moved(rng: np.random.Generator, corruption: Corruption) -> Corruption:
    """The corrupted region elsewhere: an interval moved past itself, a cut's other side."""
    if corruption.low is not None and corruption.high is not None:
        width = corruption.high - corruption.low
        shift = round(width * float(rng.uniform(1, 2)), 1)
        low = corruption.low + shift if corruption.high + shift <= DOMAIN[1] else corruption.low - shift
        return corruption.model_copy(update={"low": round(low, 1), "high": round(low + width, 1)})
    other = "below" if corruption.where == "above" else "above"
    return corruption.model_copy(update={"where": other, "low": corruption.high, "high": corruption.low})


def visible(rng: np.random.Generator, spec: NumericSpec, other: NumericSpec) -> bool:
    """Whether the targets differ beyond the tolerance on held-out inputs, of the domain or a local region: on several,
    so that other random inputs show it too."""
    x = probes(rng, spec, other)
    expected = target_values(spec, x)
    beyond = np.abs(target_values(other, x) - expected) > 1.2 * spec_tolerance(spec, expected)
    return int(np.count_nonzero(beyond)) >= VISIBLE
