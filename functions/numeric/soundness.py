"""What makes a numeric function sound: checks shared by the generator (which rejects) and the audit (which reports)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.describe import describe
from findbench.functions.numeric.noise import NOISE_SD, NOISE_WORDS
from findbench.functions.numeric.samplers import place_inputs, probes, spec_places, stratified
from findbench.functions.numeric.tolerance import GRID, spec_tolerance, target_values
from findbench.functions.numeric.training import NETWORK_CLOSE, network_error

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.functions.numeric.spec import NumericSpec

SIGNAL_TO_NOISE = 6.0
"""Least range of the noise-free values (a constant: twice its magnitude), in standard deviations of the noise."""
_SIMPLE = {0: ("constant",), 1: ("constant", "linear"), 3: ("constant", "linear", "polynomial")}


def problems(rng: np.random.Generator, spec: NumericSpec, *, strict: bool = False) -> list[str]:
    """What is wrong with a function, one line each; [] when sound. `strict` asks for a margin (the generator does,
    so that the audit's other random inputs find the same)."""
    checks = (_finite, _drowns, _matched, _corruption, _network, _idle, _untold)  # cheap ones first
    for check in checks:
        found = check(rng, spec, strict)
        if found:
            return found  # later checks assume that earlier ones passed
    return []


def _finite(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:  # noqa: ARG001 - one signature
    x = np.concatenate([GRID, [0.0, *DOMAIN, 1e9, -1e9]])
    return [] if np.isfinite(target_values(spec, x)).all() else ["a value is not finite"]


def _drowns(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:
    if spec.noise is None:
        return []
    values = target_values(spec, probes(rng, spec))
    signal = 2 * abs(float(values[0])) if spec.family == "constant" else float(np.ptp(values))
    if signal < SIGNAL_TO_NOISE * (1.1 if strict else 1) * NOISE_SD[spec.noise]:
        return [f"the signal drowns in the noise: its range is {signal:.3g}"]
    return []


def simple_fits(spec: NumericSpec) -> dict[int, Callable[[FloatArray], FloatArray]]:
    """Degree (0, 1, 3) -> the least-squares polynomial of that degree on the domain, in x / 128."""
    u = GRID / DOMAIN[1]
    values = target_values(spec, GRID)
    fits: dict[int, Callable[[FloatArray], FloatArray]] = {}
    for degree in _SIMPLE:
        coefficients = np.linalg.lstsq(np.vander(u, degree + 1), values, rcond=None)[0]
        fits[degree] = np.poly1d(coefficients)
    return fits


def _matched(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:
    """A constant, line or cubic must not pass for a function of another family, on the whole and in every region."""
    groups = [stratified(rng, 512), *(place_inputs(rng, place, 64) for place in spec_places(spec))]
    own = spec.family if spec.variant != "corruption" else "corrupted"
    allowed_share = 0.03 if strict else 0.0
    for degree, fit in simple_fits(spec).items():
        if own in _SIMPLE[degree]:
            continue
        misses = []
        for x in groups:
            expected = target_values(spec, x)
            misses.append(float(np.mean(np.abs(fit(x / DOMAIN[1]) - expected) > spec_tolerance(spec, expected))))
        if max(misses) <= allowed_share:
            name = {0: "a constant", 1: "a line", 3: "a cubic"}[degree]
            return [f"{name} matches it everywhere although it is of the family {spec.family}"]
    return []


def _corruption(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:
    corruption = spec.corruption
    if corruption is None:
        return []
    found = []
    if not DOMAIN[0] <= corruption.interval[0] < corruption.interval[1] <= DOMAIN[1]:
        found.append("the corrupted region leaves the domain")
    mean = domain_mean(spec)
    if not math.isclose(corruption.mean, mean, rel_tol=1e-3, abs_tol=1e-3):
        found.append(f"the corrupted region's mean {corruption.mean} is not the function's {mean:.6g}")
    x = place_inputs(rng, corruption.place(), 128)
    base, corrupted = spec.base_values(x), target_values(spec, x)
    if np.mean(np.abs(base - corrupted) > spec_tolerance(spec, corrupted)) < (0.6 if strict else 0.5):
        found.append("the corruption does not change the output")
    return found


def domain_mean(spec: NumericSpec) -> float:
    """Mean of the uncorrupted function over the domain (4,096 midpoints)."""
    return float(np.mean(spec.base_values(GRID)))


def _network(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:
    if spec.network is None:
        return []
    error = network_error(rng, spec)
    if error > NETWORK_CLOSE * (1.0 if strict else 1.1):
        return [f"the network misses its formula by {error:.2f} of the scoring tolerance"]
    return []


def _idle(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:
    """Every parameter must matter somewhere: a change of it moves some value by a hundredth (strict: two) of itself."""
    formula = spec.model_copy(update={"network": None})
    x = np.concatenate([probes(rng, formula), np.linspace(-2, 2, 65)])
    base = target_values(formula, x)
    least = (0.02 if strict else 0.01) * np.abs(base) + 0.05 * spec.noise_sd + 1e-9
    found = []
    for i, term in enumerate(spec.terms):
        for field in type(term).model_fields:
            if field == "atom":
                continue
            changes = [other for other in term.mutants(rng) if _changed_only(term, other, field)]
            values = [
                target_values(formula.model_copy(update={"terms": (*spec.terms[:i], other, *spec.terms[i + 1 :])}), x)
                for other in changes
            ]
            if not any(bool(np.any(np.abs(new - base) > least)) for new in values):
                found.append(f"the parameter {field} of the {term.name()} has no effect")
    return found


def _untold(rng: np.random.Generator, spec: NumericSpec, strict: bool) -> list[str]:  # noqa: ARG001 - one signature
    """The description must name every parameter and every deviation."""
    text = describe(spec)
    wanted = {}
    for term in spec.terms:
        for field, value in term:
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, float) and number != 0:
                    wanted[repr(abs(number))] = f"{field} {number!r} of the {term.name()}"
    if spec.noise is not None:
        wanted[NOISE_WORDS[spec.noise]] = "noise"
    if spec.network is not None:
        wanted["network"] = "network"
    if spec.corruption is not None:
        wanted["Exception"] = "corruption"
        for bound in (spec.corruption.low, spec.corruption.high, spec.corruption.mean):
            if bound is not None:
                wanted[repr(bound)] = f"corruption's {bound!r}"
    return [f"the description does not mention the {what}" for word, what in wanted.items() if word not in text]


def _changed_only(term: object, other: object, field: str) -> bool:
    return type(term) is type(other) and getattr(term, field) != getattr(other, field)


_PROBES = np.concatenate([stratified(np.random.default_rng(20230906), 512), np.linspace(-2, 2, 33)])


def signature(spec: NumericSpec) -> bytes:
    """Equal for functions that are equal on 545 fixed held-out inputs (to six digits)."""
    values = target_values(spec, _PROBES)
    steps = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(values), 1e-12))) - 5)
    return np.asarray(np.round(values / steps) * steps, dtype=np.float32).tobytes()
