"""The checks that every function of a suite must pass, one function each; a check returns reasons for failing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from findbench.functions.audit.probes import Probes, differences, load_predict
from findbench.functions.base import input_key
from findbench.functions.categories import load_category
from findbench.functions.kinds import KINDS

MUTANTS = 6
"""Mutants asked of each function."""
EXACT = 1e-6
"""Reference code may miss by this share of the tolerance: rounding only."""
NOISY = {"noise", "corruption"}
"""Labels of functions whose observations vary."""
LEAST_CORRUPTED = 5
"""Asked inputs that must lie in a corrupted region: the smallest sub-domain that a relation excludes has as many."""


def reference(probes: Probes) -> list[str]:
    """Reference code reproduces the target on held-out inputs, but for what the function allows it to miss."""
    function = probes.function
    predict = load_predict(function.reference_code)
    try:
        outputs: list[Any] = [predict(x) for x in input_key(probes.inputs)]
    except Exception as error:  # whatever our own generated code raises is a finding
        return [f"reference code raises {type(error).__name__}: {error}"]
    missed = differences(function, probes.targets, outputs)
    worst = int(np.argmax(missed))
    if missed[worst] > max(EXACT, function.code_error):
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
        if not KINDS[function.output_kind].sound(outputs):
            found.append(f"{what} is not a finite {function.output_kind} everywhere")
        elif function.output_range is not None:
            low, high = function.output_range
            if not all(low <= value <= high for value in input_key(outputs)):
                found.append(f"{what} leaves [{low:g}, {high:g}]")
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
    noisy = bool(NOISY & set(function.tags))
    if noisy and not function.stochastic:
        found.append("declared noise, but `stochastic` is false")
    changed = input_key(function.sample(probes.inputs, second)) != observed
    if changed and not noisy:
        found.append("outputs vary without declared noise")
    if noisy and not changed:
        found.append("declared noise is not there")
    return found


def samplers(probes: Probes) -> list[str]:
    """What is asked and what is scored of it are reproducible and in order, and it shows a corrupted region."""
    function = probes.function
    found = []
    first, again = (input_key(function.asked(probes.generator())) for _ in range(2))
    if first != again or input_key(Probes(function, probes.seed, probes.asked).inputs) != input_key(probes.inputs):
        found.append("equal generator states gave different held-out inputs")
    if len(set(input_key(probes.held_out.asked))) < len(probes.held_out.asked):
        found.append("an input is asked twice")
    if not len(probes.globals) or len(function.exemplars(probes.generator(), 8)) == 0:
        found.append("no held-out inputs or no exemplars")
    regions = function.regions()
    reached = {region.name: len(region.places) for region in probes.held_out.regions}
    for region in regions:
        if region.corrupted and reached.get(region.name, 0) < LEAST_CORRUPTED:
            found.append(f"{reached.get(region.name, 0)} of what is asked lie in the region {region.name!r}")
    if len({region.name for region in regions}) < len(regions):
        found.append("two regions have one name")
    if function.interval is not None:
        low, high = function.interval
        if not all(low <= x <= high for x in input_key(probes.inputs)):
            found.append("a held-out input lies outside the domain")
    if (grid := function.public_grid()) is not None and set(input_key(grid)) & set(input_key(probes.globals)):
        found.append("a held-out input lies on FIND's public grid")
    return found


def description(probes: Probes) -> list[str]:
    """There is a description and a domain, and neither holds an unfilled placeholder (of numbers: nor a NaN)."""
    function = probes.function
    unfilled = r"\{\w+\}|\b(nan|inf|None)\b" if function.interval is not None else r"\{\w+\}"
    found = []
    for what, text in (("description", function.description), ("domain", function.domain)):
        if not text.strip():
            found.append(f"the {what} is empty")
        if placeholder := re.search(unfilled, text):
            found.append(f"the {what} holds {placeholder.group()!r}")
    return found


def mutants(probes: Probes) -> list[str]:
    """There are mutants, and every one differs from the function on some held-out input."""
    function = probes.function
    made = function.mutants(probes.generator(), MUTANTS)
    found = [] if made else ["no mutant"]
    for mutant in made:
        own = Probes(mutant, probes.seed, probes.held_out.asked if mutant.subject == function.subject else None)
        if (
            np.max(differences(function, probes.targets, mutant.target(probes.inputs))) <= 1
            and np.max(differences(function, function.target(own.inputs), own.targets)) <= 1
        ):
            found.append(f"the mutant {mutant.id} ({mutant.family}) does not differ on held-out inputs")
    return found


def tags(probes: Probes) -> list[str]:
    """Variant labels are sorted, and there is exactly one of those that the category has, if it has any."""
    function = probes.function
    found = [] if list(function.tags) == sorted(set(function.tags)) else ["tags are not sorted and unique"]
    variants = load_category(function.category).variants
    if variants and len(variants & set(function.tags)) != 1:
        found.append(f"tags {function.tags} do not name one variant")
    return found


def soundness(probes: Probes) -> list[str]:
    """The category's own `problems(rng, spec)`: parameters with effect, signal over noise, no simpler family,
    corruption that shows, descriptions that mention every deviation."""
    return load_category(probes.function.category).problems(probes.generator(), probes.function.spec)


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


def duplicates(functions: Sequence[Probes]) -> list[tuple[str, str]]:
    """Pairs (id, id) of one category that are equal on held-out inputs: pooled ones, then both functions' own."""
    pool: dict[object, None] = {}
    share = max(2, 600 // max(1, len(functions)))
    for probes in functions:
        pool.update(dict.fromkeys(input_key(probes.globals)[:share]))
    inputs = KINDS[functions[0].function.input_kind].batch(list(pool))
    groups: dict[tuple[object, ...], list[Probes]] = {}
    for probes in functions:
        groups.setdefault(tuple(_rounded(y) for y in input_key(probes.function.target(inputs))), []).append(probes)
    found: list[tuple[str, str]] = []
    for group in groups.values():
        for i, first in enumerate(group):
            found.extend((first.function.id, second.function.id) for second in group[i + 1 :] if _equal(first, second))
    return found


def _rounded(value: object) -> object:
    """The value with six significant digits, so that rounding tells no two outputs apart."""
    if isinstance(value, tuple):
        return tuple(_rounded(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else value


def _equal(first: Probes, second: Probes) -> bool:
    return all(
        bool(np.max(differences(a.function, a.targets, b.function.target(a.inputs))) <= EXACT)
        for a, b in ((first, second), (second, first))
    )
