"""A relation as a hidden function: entity in, entity out, after one table of facts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
from typing_extensions import override

from findbench.functions.base import FloatArray, Function, Inputs, Mask, Outputs, Places, Region, Spec, Values
from findbench.functions.errors import SuiteError
from findbench.functions.relations.asked import asked, entities
from findbench.functions.relations.normal import UNDEFINED, normalise, without_accents
from findbench.functions.relations.tables import Table, table, tables
from findbench.functions.tolerance import QUERIES

OUTSIDE_SHARE = 0.12
"""Share of the global inputs that are outside the domain."""
Backend = Callable[[str, Sequence[str]], list[str]]
"""(the relation in English, inputs) -> outputs: another source of facts, for instance a language model."""


class RelationsSpec(Spec):
    """A relation, and the sub-domain in which it is undefined."""

    relation: str
    excluded: str | None = None
    facts: str
    """Checksum of the relation's table: a suite and facts that do not belong together are an error."""


class RelationsFunction(Function):
    """Maps an entity's name to another; `undefined` outside the domain and in the excluded sub-domain."""

    category: ClassVar[str] = "relations"
    input_kind = "text"
    output_kind = "text"

    def __init__(self, id: str, spec: RelationsSpec, backend: Backend | None = None) -> None:
        """`backend` answers inside the relation's domain in the table's place (in the sub-domain it is not asked)."""
        self.id = id
        self.spec: RelationsSpec = spec
        self.family = spec.relation
        self.tags = ("clean",) if spec.excluded is None else ("sub-domain",)
        self._backend = backend

    @property
    @override
    def subject(self) -> str:
        return self._table.one

    @cached_property
    def _table(self) -> Table:
        found = table(self.spec.relation)
        if found.checksum != self.spec.facts or (self.spec.excluded or "") not in {"", *found.subdomains}:
            raise SuiteError(
                f"the facts of {self.spec.relation!r} have changed since the suite was made: make the suite again"
            )
        return found

    @cached_property
    def _excluded(self) -> frozenset[str]:
        return self._table.subdomains[self.spec.excluded] if self.spec.excluded is not None else frozenset()

    @override
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> list[str]:
        return self.target(inputs)

    @override
    def target(self, inputs: Inputs) -> list[str]:
        facts, excluded = self._table.facts, self._excluded
        keys = [normalise(str(item)) for item in inputs]
        if self._backend is None:
            return [UNDEFINED if key in excluded else facts.get(key, UNDEFINED) for key in keys]
        asked = [str(item) for item, key in zip(inputs, keys, strict=True) if key not in excluded]
        answers = iter(self._backend(f"{self._table.output} of {self._table.one}", asked))
        return [UNDEFINED if key in excluded else next(answers) for key in keys]

    @property
    @override
    def stochastic(self) -> bool:
        return False

    @property
    @override
    def description(self) -> str:
        """Complete description in plain English."""
        words = f"Returns {self._table.output} of {self._table.one}."
        if self.spec.excluded is not None:
            words += f" Exception: for {self.spec.excluded} it returns `{UNDEFINED}`."
        return f"{words} Case, accents, punctuation and a leading article do not matter. Anything else: `{UNDEFINED}`."

    @property
    @override
    def domain(self) -> str:
        beside = f", except {self.spec.excluded}" if self.spec.excluded is not None else ""
        return f"The name of {self._table.one}{beside}."

    @property
    @override
    def reference_code(self) -> str:
        """`predict(x)` on a literal table."""
        return table_code({key: value for key, value in self._table.facts.items() if key not in self._excluded})

    @cached_property
    def _inside(self) -> list[str]:
        return [key for key, _ in self._table.pairs if normalise(key) in self._excluded]

    @override
    def is_correct(self, targets: Outputs, outputs: Values, queries: int = QUERIES) -> Mask:
        """Case, accents and white space do not count."""
        pairs = zip(targets, outputs, strict=True)
        return np.array([isinstance(y, str) and without_accents(y) == without_accents(str(t)) for t, y in pairs], bool)

    @override
    def exemplars(self, rng: np.random.Generator, n: int) -> list[str]:
        """`n` inputs (fewer where the domain is smaller), a third of them in the excluded sub-domain."""
        few = _choose(rng, self._inside, n // 3)
        kept = [key for key, _ in self._table.pairs if normalise(key) not in self._excluded]
        return few + _choose(rng, kept, n - len(few))

    @override
    def asked(self, rng: np.random.Generator) -> list[str]:
        return asked(rng, self.subject)

    @override
    def choose(self, rng: np.random.Generator, inputs: Inputs, n: int) -> Places:
        """Entities over the whole domain, and some that are not of its kind. Those of its kind of which the facts say
        nothing are left out: what they would give is no question of the rule."""
        keys = [normalise(str(x)) for x in inputs]
        kind = entities(self._table.one)
        inside = rng.permutation([i for i, key in enumerate(keys) if key in self._table.facts])
        outside = rng.permutation([i for i, key in enumerate(keys) if key not in kind])
        inside = inside[: round(n * (1 - OUTSIDE_SHARE))]
        strangers = max(1, round(len(inside) * OUTSIDE_SHARE / (1 - OUTSIDE_SHARE)))
        return np.concatenate([inside, outside[:strangers]]).astype(np.int64)

    @override
    def regions(self) -> list[Region]:
        """`excluded`: the excluded sub-domain; beside it the rest of the domain, which one who excludes all misses."""
        if not self._inside:
            return []
        return [Region("excluded", self._are_excluded, corrupted=True), Region("beside, excluded", self._are_kept)]

    def _are_kept(self, inputs: Inputs) -> Mask:
        facts, excluded = self._table.facts, self._excluded
        return np.array([(key := normalise(str(x))) in facts and key not in excluded for x in inputs], dtype=bool)

    def _are_excluded(self, inputs: Inputs) -> Mask:
        return np.array([normalise(str(x)) in self._excluded for x in inputs], dtype=bool)

    @override
    def ideal(self) -> RelationsFunction:
        return RelationsFunction(self.id, self.spec.model_copy(update={"excluded": None}), self._backend)

    @override
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """No exclusion, another one, another relation of the same inputs."""
        own = self._table
        near = [self._changed(own, phrase) for phrase in (None, *own.subdomains)]
        near += [self._changed(other, None) for other in tables().values() if other.kind == own.kind]
        different = [spec for spec in dict.fromkeys(near) if spec != self.spec and self._differs(spec)]
        order = rng.permutation(len(different))
        return [RelationsFunction(f"{self.id}~{i}", different[j]) for i, j in enumerate(order[:n])]

    def _changed(self, other: Table, phrase: str | None) -> RelationsSpec:
        return RelationsSpec(relation=other.name, excluded=phrase, facts=other.checksum)

    def _differs(self, spec: RelationsSpec) -> bool:
        """On a tenth of the domain at least, so that any held-out draw shows it."""
        entries = [key for key, _ in self._table.pairs]
        other = RelationsFunction("", spec).target(entries)
        different = sum(a != b for a, b in zip(self.target(entries), other, strict=True))
        return different >= max(4, 0.06 * len(entries))


_SOURCE = inspect.getsource(normalise)
"""Read with the module: later the file may be another."""


def table_code(facts: dict[str, str]) -> str:
    """Self-contained `predict(x)` on a literal table of normalised inputs; `undefined` for all others."""
    lines = "\n".join(f"    {key!r}: {value!r}," for key, value in facts.items())
    return (
        f"import unicodedata\n\nFACTS = {{\n{lines}\n}}\n\n\n{_SOURCE[_SOURCE.index('def ') :]}\n\n"
        f"def predict(x):\n    return FACTS.get(normalise(x), {UNDEFINED!r})\n"
    )


def _choose(rng: np.random.Generator, items: Sequence[str], n: int) -> list[str]:
    return [items[i] for i in rng.permutation(len(items))[:n]]
