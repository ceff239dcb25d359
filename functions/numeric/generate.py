"""Generate numeric functions in FIND's proportions, rejecting unsound and duplicate ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeVar

import numpy as np

from findbench.functions.category import Progress, ignore_progress
from findbench.functions.errors import SuiteError
from findbench.functions.numeric.atom import Atom
from findbench.functions.numeric.noise import NOISES
from findbench.functions.numeric.soundness import domain_mean, problems, signature
from findbench.functions.numeric.spec import Corruption, NumericSpec
from findbench.functions.numeric.training import network_for

T = TypeVar("T", bound=str)
Kind = Literal["atomic", "product", "sum"]
Variant = Literal["clean", "corruption", "noise", "approximation"]
KINDS: dict[Kind, int] = {"atomic": 850, "product": 78, "sum": 72}
"""FIND's counts of 1000."""
VARIANTS: dict[Variant, int] = {"clean": 483, "corruption": 191, "noise": 176, "approximation": 150}
"""FIND's counts of 1000."""
ATTEMPTS = 400
"""Draws for one place in a suite before giving up."""


def generate(rng: np.random.Generator, count: int, progress: Progress = ignore_progress) -> list[NumericSpec]:
    """`count` different sound specs; `progress(1)` after each. Raises `SuiteError` if no more can be found."""
    plan = list(zip(_shuffled(rng, KINDS, count), _shuffled(rng, VARIANTS, count), strict=True))
    uses: Counter[str] = Counter()
    seen: set[bytes] = set()
    specs = []
    for kind, variant in plan:
        spec = _find(rng, kind, variant, uses, seen)
        specs.append(spec)
        progress(1)
    return specs


def apportion(shares: Mapping[T, int], count: int) -> dict[T, int]:
    """Split `count` in proportion to `shares` by largest remainder; at least one each where `count` allows."""
    total = sum(shares.values())
    exact = {key: count * share / total for key, share in shares.items()}
    result = {key: math.floor(value) for key, value in exact.items()}
    by_remainder = sorted(shares, key=lambda key: result[key] - exact[key])
    for key in by_remainder[: count - sum(result.values())]:
        result[key] += 1
    if count >= len(shares):
        for key in shares:
            if result[key] == 0:
                result[max(result, key=lambda k: result[k])] -= 1
                result[key] = 1
    return result


def _shuffled(rng: np.random.Generator, shares: Mapping[T, int], count: int) -> list[T]:
    labels = [key for key, share in apportion(shares, count).items() for _ in range(share)]
    return [labels[i] for i in rng.permutation(len(labels))]


def _find(rng: np.random.Generator, kind: Kind, variant: Variant, uses: Counter[str], seen: set[bytes]) -> NumericSpec:
    """One sound spec of this kind and variant, of the atoms least used so far among those that can have it."""
    for _ in range(ATTEMPTS):
        formula = _formula(rng, kind, variant, uses)
        spec = formula and _with_variant(rng, formula, variant)
        if spec is None or problems(rng, spec, strict=True):
            continue
        mark = signature(spec)
        if mark in seen:
            continue
        seen.add(mark)
        for term in spec.terms:
            uses[f"{kind == 'atomic'} {term.name()}"] += 1
        return spec
    raise SuiteError(f"no further sound numeric function ({kind}, {variant}) found in {ATTEMPTS} draws; ask for fewer")


def _formula(rng: np.random.Generator, kind: Kind, variant: Variant, uses: Counter[str]) -> NumericSpec | None:
    """A random formula; None when it would be of a simpler family."""
    names = sorted(
        name
        for name, atom in Atom.registry.items()
        if (atom.alone if kind == "atomic" else atom.composes)
        and (variant != "approximation" or atom.fits_network)
        and not (variant == "corruption" and name == "constant")  # its mean is itself
    )
    least = sorted(names, key=lambda name: uses[f"{kind == 'atomic'} {name}"] + 3 * rng.random())
    if kind == "atomic":
        return NumericSpec(terms=(Atom.registry[least[0]].draw(rng),))
    first, second = least[0], str(rng.choice([name for name in names if name != least[0]]))
    if {first, second} == {"linear", "polynomial"}:
        return None  # a polynomial again
    terms = (Atom.registry[first].draw(rng), Atom.registry[second].draw(rng))
    return NumericSpec(terms=terms, operator="+" if kind == "sum" else "*")


def _with_variant(rng: np.random.Generator, formula: NumericSpec, variant: Variant) -> NumericSpec | None:
    """The formula with its deviation; None when a network cannot fit it."""
    if variant == "noise":
        return formula.model_copy(update={"noise": NOISES[int(rng.integers(len(NOISES)))]})
    if variant == "corruption":
        return formula.model_copy(update={"corruption": _corruption(rng, domain_mean(formula))})
    if variant == "approximation":
        if problems(rng, formula, strict=True):  # before the costly training
            return None
        network = network_for(formula)
        return None if network is None else formula.model_copy(update={"network": network})
    return formula


def _corruption(rng: np.random.Generator, mean: float) -> Corruption:
    """Inside an interval of width 5 to 25, above, or below a cut; at most half of the domain."""
    mean = float(f"{mean:.6g}")
    where = int(rng.integers(3))
    if where == 0:
        width = round(float(rng.uniform(5, 25)), 1)
        low = round(float(rng.uniform(-100, 100 - width)), 1) + 0.0
        return Corruption(where="inside", low=low, high=round(low + width, 1), mean=mean)
    cut = round(float(rng.uniform(0, 100)), 1)
    if where == 1:
        return Corruption(where="above", low=cut, mean=mean)
    return Corruption(where="below", high=-cut + 0.0, mean=mean)
