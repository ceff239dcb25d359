"""The checks that every function of a suite must pass, one function each; a check returns reasons for failing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module

import numpy as np

from findbench.functions.audit.probes import LOCAL, Probes, differences, load_predict
from findbench.functions.base import Outputs, input_key
from findbench.functions.numeric.atom import DOMAIN

MUTANTS = 6
"""Near misses asked of each function."""
EXACT = 1e-6
"""Reference code may miss by this share of the tolerance: rounding only."""
VARIANTS = {"clean", "noise", "corruption", "approximation"}


def reference(probes: Probes) -> list[str]:
    """Reference code reproduces the target on held-out inputs; of an approximation, within the tolerance."""
    function = probes.function
    predict = load_predict(function.reference_code)
    try:
        outputs: Outputs = [predict(x) for x in input_key(probes.inputs)]  # type: ignore[misc]
    except Exception as error:  # whatever our own generated code raises is a finding
        return [f"reference code raises {type(error).__name__}: {error}"]
    if function.output_kind == "number":
        outputs = np.array(outputs, dtype=np.float64)
    missed = differences(function, probes.targets, outputs)
    allowed = 0.6 if "approximation" in function.tags else 1.0 if function.category == "entities" else EXACT
    worst = int(np.argmax(missed))
    if not missed[worst] <= allowed:  # also catches NaN
        x = input_key(probes.inputs)[worst]
        return [f"reference code misses the target at {x!r}: {outputs[worst]!r} instead of {probes.targets[worst]!r}"]
    return []


def values(probes: Probes) -> list[str]:
    """No complex, NaN, infinite or wrongly typed value, of target or of observation."""
    function = probes.function
    observed = function.sample(probes.inputs, probes.generator().random(len(probes.inputs)))
    found = []
    for what, outputs in (("target", probes.targets), ("observation", observed)):
        if len(outputs) != len(probes.inputs):
            found.append(f"{what}: {len(outputs)} values for {len(probes.inputs)} inputs")
        if function.output_kind == "text":
            if not all(isinstance(value, str) for value in outputs):
                found.append(f"{what} is not text everywhere")
        elif not (isinstance(outputs, np.ndarray) and outputs.dtype == np.float64 and np.isfinite(outputs).all()):
            found.append(f"{what} is not a finite float64 everywhere")
        elif function.category == "entities" and (outputs.min() < 0 or outputs.max() > 1):
            found.append(f"{what} leaves [0, 1]")
    return found


def determinism(probes: Probes) -> list[str]:
    """Equal arguments, equal outputs, in any batching; and without declared noise, whatever the uniforms."""
    function = probes.function
    n = len(probes.inputs)
    first, second = np.random.default_rng(1).random(n), np.random.default_rng(2).random(n)
    observed = input_key(function.sample(probes.inputs, first))
    found = []
    if input_key(function.sample(probes.inputs, first)) != observed:
        found.append("equal arguments gave different outputs")
    some = range(0, n, max(1, n // 32))
    single = [input_key(function.sample(probes.inputs[i : i + 1], first[i : i + 1]))[0] for i in some]
    if single != [observed[i] for i in some]:
        found.append("an output depends on its batch")
    noisy = bool({"noise", "corruption"} & set(function.tags)) and function.category == "numeric"
    if noisy and not function.stochastic:
        found.append("declared noise, but `stochastic` is false")
    changed = input_key(function.sample(probes.inputs, second)) != observed
    if changed and not noisy:
        found.append("outputs vary without declared noise")
    if noisy and not changed:
        found.append("declared noise is not there")
    return found


def samplers(probes: Probes) -> list[str]:
    """Held-out inputs are many enough, inside the domain, reproducible; every local region has some."""
    function = probes.function
    found = []
    again = Probes(function, probes.seed)
    if input_key(again.inputs) != input_key(probes.inputs):
        found.append("equal generator states gave different held-out inputs")
    if not len(probes.globals) or len(function.exemplars(probes.generator(), 8)) == 0:
        found.append("no held-out inputs or no exemplars")
    for name, inputs in probes.regions.items():
        if not 0 < len(inputs) <= 2 * LOCAL:
            found.append(f"{len(inputs)} held-out inputs in the region {name!r}")
    if isinstance(probes.inputs, np.ndarray):
        x = probes.inputs
        if x.min() < DOMAIN[0] or x.max() > DOMAIN[1]:
            found.append("a held-out input lies outside the domain")
        if np.any(np.asarray(probes.globals) % 1 == 0.5):
            found.append("a held-out input lies on FIND's public grid")
    return found


def description(probes: Probes) -> list[str]:
    """There is a description and a domain, and neither holds an unfilled placeholder (numeric: nor a NaN)."""
    function = probes.function
    unfilled = r"\{\w+\}|\b(nan|inf|None)\b" if function.category == "numeric" else r"\{\w+\}"
    found = []
    for what, text in (("description", function.description), ("domain", function.domain)):
        if not text.strip():
            found.append(f"the {what} is empty")
        if hole := re.search(unfilled, text):
            found.append(f"the {what} holds {hole.group()!r}")
    return found


def mutants(probes: Probes) -> list[str]:
    """There are near misses, and every one differs from the function on some held-out input."""
    function = probes.function
    near = function.mutants(probes.generator(), MUTANTS)
    found = [] if near else ["no mutant"]
    for mutant in near:
        own = Probes(mutant, probes.seed)
        if (
            np.max(differences(function, probes.targets, mutant.target(probes.inputs))) <= 1
            and np.max(differences(function, function.target(own.inputs), own.targets)) <= 1
        ):
            found.append(f"the mutant {mutant.id} ({mutant.family}) does not differ on held-out inputs")
    return found


def tags(probes: Probes) -> list[str]:
    """Variant labels are sorted, and numeric functions have exactly one of the four variants."""
    function = probes.function
    found = [] if list(function.tags) == sorted(set(function.tags)) else ["tags are not sorted and unique"]
    if function.category == "numeric" and len(VARIANTS & set(function.tags)) != 1:
        found.append(f"tags {function.tags} do not name one variant")
    return found


def soundness(probes: Probes) -> list[str]:
    """The category's own `problems(rng, spec)`: parameters with effect, signal over noise, no simpler family,
    corruption that shows, descriptions that mention every deviation."""
    category = import_module(f"findbench.functions.{probes.function.category}")
    check = getattr(category, "problems", None)
    return list(check(probes.generator(), probes.function.spec)) if check is not None else []


CHECKS: dict[str, Callable[[Probes], list[str]]] = {
    "values": values,
    "reference": reference,
    "determinism": determinism,
    "samplers": samplers,
    "description": description,
    "soundness": soundness,
    "mutants": mutants,
    "tags": tags,
}
"""Check name -> check of one function."""


def twins(functions: Sequence[Probes]) -> list[tuple[str, str]]:
    """Pairs (id, id) of one category that are equal on held-out inputs: pooled ones, then both functions' own."""
    pool: dict[object, None] = {}
    share = max(2, 600 // max(1, len(functions)))
    for probes in functions:
        pool.update(dict.fromkeys(input_key(probes.globals)[:share]))
    shared = list(pool)
    inputs = (
        np.array(shared, dtype=np.float64) if functions[0].function.input_kind == "number" else [str(x) for x in shared]
    )
    groups: dict[bytes, list[Probes]] = {}
    for probes in functions:
        outputs = probes.function.target(inputs)
        if isinstance(outputs, np.ndarray):
            outputs = [f"{value:.6g}" for value in outputs.tolist()]
        groups.setdefault("\0".join(outputs).encode("utf-8", "surrogatepass"), []).append(probes)
    found: list[tuple[str, str]] = []
    for group in groups.values():
        for i, first in enumerate(group):
            found.extend((first.function.id, second.function.id) for second in group[i + 1 :] if _equal(first, second))
    return found


def _equal(first: Probes, second: Probes) -> bool:
    return all(
        bool(np.max(differences(a.function, a.targets, b.function.target(a.inputs))) <= EXACT)
        for a, b in ((first, second), (second, first))
    )
