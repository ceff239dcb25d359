"""The inputs of a function that are scored, as an episode draws them."""

from __future__ import annotations

import numpy as np

from findbench.functions.base import Function, Inputs
from findbench.functions.held_out import HeldOut, draw, take


def drawn(function: Function, seed: int = 0, n: int | None = None) -> HeldOut:
    """What is asked and what of it is scored, with `n` global inputs."""
    return draw(function, function.asked(np.random.default_rng(seed)), np.random.default_rng(seed), n)


def global_inputs(function: Function, seed: int = 0, n: int | None = None) -> Inputs:
    """The scored inputs over the whole domain."""
    found = drawn(function, seed, n)
    return take(found.asked, found.global_)


def region_inputs(function: Function, seed: int = 0) -> dict[str, Inputs]:
    """Name of each region, and of what lies beside one, -> the scored inputs in it."""
    found = drawn(function, seed)
    return {region.name: take(found.asked, region.places) for region in found.regions}
