"""Generate relations: one third clean, two thirds with an excluded sub-domain, as in FIND."""

from __future__ import annotations

from collections import Counter

import numpy as np

from findbench.functions.category import Progress, ignore_progress
from findbench.functions.errors import SuiteError
from findbench.functions.relations.function import RelationsFunction, RelationsSpec
from findbench.functions.relations.normal import UNDEFINED
from findbench.functions.relations.tables import Table, table, tables

CLEAN_SHARE = 1 / 3
"""FIND: 25 of 75."""
LEAST_SHARE = 0.06
"""Share of a relation's domain that must be excluded, so that a sample shows it."""


def generate(rng: np.random.Generator, count: int, progress: Progress = ignore_progress) -> list[RelationsSpec]:
    """`count` different specs; relations are used evenly. Raises `SuiteError` when there are not as many."""
    available = list(tables().values())
    clean = round(count * CLEAN_SHARE)
    left = {t.name: _subdomains(rng, t) for t in available}
    if clean > len(available) or count - clean > sum(len(found) for found in left.values()):
        raise SuiteError(f"there are not {count} different relations: ask for fewer")
    specs = [
        RelationsSpec(relation=available[i].name, facts=available[i].checksum) for i in rng.permutation(len(available))
    ]
    specs = specs[:clean]
    used: Counter[str] = Counter()
    while len(specs) < count:
        open_ = [t for t in available if left[t.name]]
        chosen = min(open_, key=lambda t: used[t.name] + rng.random() / 2)
        used[chosen.name] += 1
        specs.append(RelationsSpec(relation=chosen.name, excluded=left[chosen.name].pop(), facts=chosen.checksum))
    progress(count)
    return specs


def _subdomains(rng: np.random.Generator, found: Table) -> list[str]:
    """Sub-domains in random order, without such as equal another."""
    phrases = list(found.subdomains)
    kept: dict[frozenset[str], str] = {}
    for i in rng.permutation(len(phrases)):
        inside = found.subdomains[phrases[i]]
        if len(inside) >= LEAST_SHARE * len(found.pairs):
            kept.setdefault(inside, phrases[i])
    return list(kept.values())


def problems(rng: np.random.Generator, spec: RelationsSpec) -> list[str]:
    """What is unsound in a spec: an exclusion that excludes nothing or everything, or is not told of."""
    function = RelationsFunction("relations/check", spec)
    found = []
    if spec.excluded is not None:
        if spec.excluded not in function.description or spec.excluded not in function.domain:
            found.append("the excluded sub-domain is not described")
        inside = sorted(table(spec.relation).subdomains[spec.excluded])
        if set(function.target(inside)) != {UNDEFINED}:
            found.append("an excluded input is not undefined")
        clean = RelationsFunction("relations/clean", spec.model_copy(update={"excluded": None}))
        if UNDEFINED in clean.target(inside):
            found.append("an excluded input would be undefined anyway")
    if set(function.target(function.asked(rng))) == {UNDEFINED}:
        found.append("it is undefined everywhere")
    return found
