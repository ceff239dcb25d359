"""The register of relations and of the sub-domains that may be excluded: one registration each, in `rules`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Pairs = Iterable[tuple[str, str]]
"""(input, output) as a person writes them."""


@dataclass(frozen=True)
class Rule:
    """One relation: `build` takes its facts from a library."""

    name: str
    """Name of the family, for instance `country to capital`."""
    kind: str
    """Key of `KINDS`: what the inputs are; relations of one kind share inputs and sub-domains."""
    output: str
    """What comes out, in English, after `Returns ... of`: `the capital`."""
    build: Callable[[], Pairs]


KINDS: dict[str, tuple[str, str]] = {}
"""Kind -> (one input in English, several): `("a country", "countries")`."""
RULES: dict[str, Rule] = {}
"""Name -> rule, in order of registration."""
SUBDOMAINS: dict[str, list[tuple[str, Callable[[], Iterable[str]]]]] = {}
"""Kind -> (phrase in English, the inputs inside)."""


def kind(name: str, one: str, several: str) -> None:
    """Register a kind of inputs."""
    KINDS[name] = (one, several)


def rule(name: str, kind: str, output: str) -> Callable[[Callable[[], Pairs]], Callable[[], Pairs]]:
    """Register a relation by the function that lists its facts."""

    def register(build: Callable[[], Pairs]) -> Callable[[], Pairs]:
        if name in RULES or kind not in KINDS:
            raise ValueError(f"relation {name!r} is registered twice or its kind {kind!r} is not registered")
        RULES[name] = Rule(name, kind, output, build)
        return build

    return register


def subdomain(kind: str, phrase: str, members: Callable[[], Iterable[str]]) -> None:
    """Register a named part of a kind's inputs, for instance `countries in Africa`."""
    SUBDOMAINS.setdefault(kind, []).append((phrase, members))
