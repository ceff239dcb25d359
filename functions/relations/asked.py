"""What submitted code is asked of a relation: the same for all relations of one kind of entity."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from findbench.functions.relations.normal import normalise
from findbench.functions.relations.tables import tables

if TYPE_CHECKING:
    import numpy as np

STRANGERS = 64
"""Entities of other kinds among what is asked."""
SURFACES: tuple[Callable[[str], str], ...] = (str, str, str, str.upper, str.lower, "the {}".format, "  {} ".format)
"""How an entity is written, one way drawn for each."""


def asked(rng: np.random.Generator, subject: str) -> list[str]:
    """Every input of every table with this kind of entity once (`subject`: one in words, as in a brief), written in
    one of several ways, and 64 entities of other kinds."""
    own = entities(subject)
    surfaces = rng.integers(len(SURFACES), size=len(own)).tolist()
    found = [SURFACES[i](entity) for entity, i in zip(own.values(), surfaces, strict=True)]
    others = [entity for key, entity in _all_entities().items() if key not in own]
    return found + [others[i] for i in rng.permutation(len(others))[:STRANGERS]]


@lru_cache(maxsize=64)
def entities(subject: str) -> dict[str, str]:
    """Normalised input -> as it is written, of all tables with this kind of entity."""
    found: dict[str, str] = {}
    for table in tables().values():
        if table.one == subject:
            for entity, _ in table.pairs:
                found.setdefault(normalise(entity), entity)
    return found


@lru_cache(maxsize=1)
def _all_entities() -> dict[str, str]:
    found: dict[str, str] = {}
    for table in tables().values():
        for entity, _ in table.pairs:
            found.setdefault(normalise(entity), entity)
    return found
