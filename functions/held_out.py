"""Which of the inputs that submitted code is asked are scored, and for what: drawn on the host, in secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.base import Function, Inputs, input_key

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray, Mask, Places

BESIDE_LEAST, BESIDE_MOST = 4.0, 32.0
"""How far on either side of an interval of numbers inputs count as beside it: as far as it is wide, within these."""
NEAR_BORDER = 2.0
"""How far from a border an input counts as at its edge."""


@dataclass(frozen=True)
class Scored:
    """A region, or what lies beside one, with those of the asked inputs that are scored in it."""

    name: str
    places: Places
    corrupted: bool = False
    """As of a `Region`."""
    decides: bool = True
    """As of a `Region`."""


@dataclass(frozen=True)
class HeldOut:
    """What submitted code is asked, and the places in it of the inputs that are scored. The rest is ignored."""

    asked: Inputs
    global_: Places
    regions: tuple[Scored, ...]
    """Each region that is reached, and after a bounded one what lies beside it."""
    find: Places | None
    """FIND's public grid; None where there is none."""
    beyond: Places | None
    """What may not be queried; None where that is not scored."""
    edge: Places | None
    """What lies near a border; None where there is none."""
    dropped: tuple[str, ...]
    """Names of the regions that too few asked inputs reach."""

    @property
    def parts(self) -> list[Inputs]:
        """The inputs that decide: those of each region, the global ones last. Each part in random order."""
        places = [region.places for region in self.regions if region.decides]
        return [take(self.asked, part) for part in (*places, self.global_)]

    @property
    def chosen(self) -> Places:
        """Places of the global inputs and of those in regions, each once."""
        return np.unique(np.concatenate([self.global_, *(scored.places for scored in self.regions)]))


def take(batch: Inputs, places: Places) -> Inputs:
    """The values of a batch at some places."""
    if isinstance(batch, np.ndarray):
        return np.asarray(batch[places], dtype=np.float64)
    return [batch[i] for i in places.tolist()]


def draw(function: Function, asked: Inputs, rng: np.random.Generator, global_inputs: int | None = None) -> HeldOut:
    """Choose what is scored among what is asked (`Function.asked`): `global_inputs` for the whole domain (by default as
    many as the function says), and up to its `region_inputs` in each region. Equal generator state, equal choice."""
    allowed = function.may_be_queried(asked)
    grid = function.public_grid()
    public = np.zeros(len(asked), dtype=bool)
    if grid is not None:
        members = set(input_key(grid))
        public = np.array([x in members for x in input_key(asked)], dtype=bool)
    secret = np.flatnonzero(allowed & ~public)
    inputs = take(asked, secret)
    wanted = function.global_inputs if global_inputs is None else global_inputs
    global_ = secret[rng.permutation(function.choose(rng, inputs, wanted))]
    regions: list[Scored] = []
    dropped: list[str] = []

    def chosen(mask: Mask) -> Places:
        places: Places = secret[rng.permutation(np.flatnonzero(mask))[: function.region_inputs]]
        return places

    for region in function.regions():
        inside = region.contains(inputs)
        if not inside.any() or (inside.sum() < function.least_reached and not region.corrupted):
            dropped.append(region.name)
            continue
        regions.append(Scored(region.name, chosen(inside), region.corrupted, region.decides))
        if region.bounded and (near := beside(np.asarray(inputs, dtype=np.float64), inside)).any():
            regions.append(Scored(f"beside, {region.name}", chosen(near)))
    outside = np.flatnonzero(~allowed)
    return HeldOut(
        asked=asked,
        global_=global_,
        regions=tuple(regions),
        find=None if grid is None else np.flatnonzero(public),
        beyond=outside if len(outside) and function.scores_beyond else None,
        edge=_edge(function, inputs, secret),
        dropped=tuple(dropped),
    )


def beside(x: FloatArray, inside: Mask) -> Mask:
    """Which of the numbers lie on the two sides of an interval, as far as it is wide (4 to 32), bool of shape (n,).

    `inside` tells those in the interval, of which there must be one. Whoever takes an interval for a wider one is right
    inside it and on nearly all of the domain: only here it shows.
    """
    low, high = float(x[inside].min()), float(x[inside].max())
    width = min(max(high - low, BESIDE_LEAST), BESIDE_MOST)
    return np.asarray((x >= low - width) & (x <= high + width) & ~inside)


def _edge(function: Function, inputs: Inputs, secret: Places) -> Places | None:
    borders = np.asarray(function.borders(), dtype=np.float64)
    if not len(borders):
        return None
    x = np.asarray(inputs, dtype=np.float64)
    after = np.minimum(np.searchsorted(borders, x), len(borders) - 1)
    distance = np.minimum(np.abs(x - borders[after]), np.abs(x - borders[np.maximum(after - 1, 0)]))
    near = np.flatnonzero(distance <= NEAR_BORDER)
    return secret[near] if len(near) else None
