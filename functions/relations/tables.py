"""The facts of the relations, from the package's data file, loaded when first needed."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

from findbench.functions.errors import SuiteError
from findbench.functions.relations.normal import normalise

STORE = "facts.json.gz"
LEAST_EXCLUDED = 5
"""Inputs in a sub-domain worth excluding."""
MOST_EXCLUDED = 0.65
"""Share of the domain that may be excluded."""


@dataclass(frozen=True)
class Table:
    """One relation's facts."""

    name: str
    kind: str
    one: str
    """An input in English: `a country`."""
    output: str
    """The output in English: `the capital`."""
    pairs: tuple[tuple[str, str], ...]
    """(input, output), as written."""
    subdomains: dict[str, frozenset[str]]
    """Phrase -> normalised inputs inside, of this relation's inputs."""

    @cached_property
    def facts(self) -> dict[str, str]:
        """Normalised input -> output."""
        return {normalise(key): value for key, value in self.pairs}

    @cached_property
    def checksum(self) -> str:
        """First 16 hex digits of the SHA-256 of the facts and sub-domains: part of every spec that uses them."""
        parts = {phrase: sorted(inside) for phrase, inside in self.subdomains.items()}
        return hashlib.sha256(json.dumps([self.output, self.one, self.pairs, parts]).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def tables() -> dict[str, Table]:
    """Relation -> its facts, in order of registration."""
    raw = json.loads(gzip.decompress(resources.files("findbench.functions.relations").joinpath(STORE).read_bytes()))
    found = {}
    for name, data in raw["relations"].items():
        about = raw["kinds"][data["kind"]]
        inputs = {normalise(key) for key, _ in data["pairs"]}
        parts = {phrase: frozenset(inside) & inputs for phrase, inside in about["subdomains"].items()}
        fit = {p: s for p, s in parts.items() if LEAST_EXCLUDED <= len(s) <= MOST_EXCLUDED * len(inputs)}
        pairs = tuple((key, value) for key, value in data["pairs"])
        found[name] = Table(name, data["kind"], about["one"], data["output"], pairs, fit)
    return found


def table(name: str) -> Table:
    """One relation's facts. Raises `SuiteError`: no such relation."""
    try:
        return tables()[name]
    except KeyError:
        raise SuiteError(f"no relation {name!r} in this version: make the suite again") from None
