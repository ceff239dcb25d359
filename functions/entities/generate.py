"""Generate entity functions: seven in ten of one concept, three in ten of two, as in FIND."""

from __future__ import annotations

import numpy as np

from findbench.functions.category import Progress, ignore_progress
from findbench.functions.entities.build import LEAST_AUC, auc
from findbench.functions.entities.concepts import Concept, background, concepts, directions, similarities
from findbench.functions.entities.function import EntitiesFunction, EntitiesSpec
from findbench.functions.errors import SuiteError

SINGLE_SHARE = 0.7
"""FIND: 140 of 200."""
LEAST_EFFECT = 0.2
"""Least median effect of a second concept on its own words."""
MOST_OVERLAP = 0.35
"""Cosine of two concepts' centroids, above which `either of two` is no composition."""


def generate(rng: np.random.Generator, count: int, progress: Progress = ignore_progress) -> list[EntitiesSpec]:
    """`count` different specs. Raises `SuiteError` when there are not as many concepts."""
    available = concepts()
    single = round(count * SINGLE_SHARE)
    pairs = len(available) * (len(available) - 1) // 4  # about half of the pairs overlap too much, at worst
    if single > len(available) or count - single > pairs:
        raise SuiteError(f"there are not {count} different entity functions: ask for fewer")
    specs = [EntitiesSpec(concepts=(available[i],)) for i in rng.permutation(len(available))[:single]]
    seen = set()
    while len(specs) < count:
        first, second = (available[int(i)] for i in rng.choice(len(available), size=2, replace=False))
        names = frozenset((first.name, second.name))
        if names not in seen and _overlap(first, second) <= MOST_OVERLAP:
            seen.add(names)
            specs.append(EntitiesSpec(concepts=(first, second)))
    progress(count)
    return specs


def _overlap(first: Concept, second: Concept) -> float:
    total = directions(list(second.lexicon)).sum(axis=0)
    return float(similarities(first.lexicon, total[None, :] / np.sqrt(np.square(total).sum()))[0])


def problems(rng: np.random.Generator, spec: EntitiesSpec) -> list[str]:
    """What is unsound in a spec: a concept whose words do not stand out, or that is not described or without effect."""
    function = EntitiesFunction("entities/check", spec)
    found = []
    for concept in spec.concepts:
        words = set(concept.lexicon)
        inside = function.target(list(concept.lexicon))
        outside = function.target([word for word in background() if word not in words])
        if auc(inside, outside) < LEAST_AUC or np.median(inside) < 0.5:
            found.append(f"words related to {concept.name} do not stand out from others")
        if concept.name not in function.description:
            found.append(f"the description does not name {concept.name}")
        others = tuple(c for c in spec.concepts if c != concept)
        if others:
            rest = EntitiesFunction("", EntitiesSpec(concepts=others)).target(concept.lexicon)
            if np.median(inside - rest) < LEAST_EFFECT:
                found.append(f"{concept.name} is without effect")
    if np.ptp(function.target(function.asked(rng))) < 0.5:
        found.append("it responds alike to everything")
    return found
