"""What submitted code is asked of an entity function: the same for every function, whatever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findbench.functions.entities.concepts import pool

if TYPE_CHECKING:
    import numpy as np

CAPITALISED = 0.1
"""Share of the words that are asked with a capital letter."""


def asked(rng: np.random.Generator, subject: str) -> list[str]:  # noqa: ARG001 - all entity functions have one brief
    """Every word of the public pool once, some capitalised."""
    capitals = rng.random(len(pool())) < CAPITALISED
    return [word.capitalize() if capital else word for word, capital in zip(pool(), capitals, strict=True)]
