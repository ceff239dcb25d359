"""An entity function: a synthetic neuron that responds to the words of one concept, or of either of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import ClassVar

import numpy as np
from pydantic import Field
from typing_extensions import override

from findbench.functions.base import FloatArray, Function, Inputs, Interval, Mask, Outputs, Places, Region, Spec, Values
from findbench.functions.entities.asked import asked
from findbench.functions.entities.backends import Backend, Embedded
from findbench.functions.entities.concepts import Concept, active_words, concepts, directions, pool, pool_activations
from findbench.functions.kinds import KINDS
from findbench.functions.tolerance import QUERIES

ACTIVE = 0.5
"""From this activation on, a function responds to an entity: its lexicons are calibrated to lie above."""
UNIT_TOLERANCE = 0.01
"""Two activations, in [0, 1], are the same when this near."""
LEAST_LISTED = 0.005
"""Activations below are left out of the reference code: they round to nothing."""
SHARES = (0.35, 0.35)
"""Shares of the global inputs: words of the lexicons, then words that respond somewhat; the rest is anything."""
MOST_DRAWS = 4096
"""Draws of words that other concepts respond to; of the pool, 256 different ones are found long before."""
NEAR = 60
"""Words of the pool that respond most count as near."""


class EntitiesSpec(Spec):
    """The concepts, with lexicon and calibration: complete in itself."""

    concepts: tuple[Concept, ...] = Field(min_length=1, max_length=2)


class EntitiesFunction(Function):
    """Maps a word or phrase to an activation in [0, 1]. Total on any string; an empty one gives 0."""

    category: ClassVar[str] = "entities"
    input_kind = "text"
    output_kind = "number"
    output_range: ClassVar[Interval | None] = (0.0, 1.0)
    active_from: ClassVar[float] = ACTIVE

    def __init__(self, id: str, spec: EntitiesSpec, backend: Backend | None = None) -> None:
        """`backend`: in place of the embeddings."""
        self.id = id
        self.spec: EntitiesSpec = spec
        self._names = [concept.name for concept in spec.concepts]
        self.family = " or ".join(self._names)
        self.tags = ("clean",) if len(self._names) == 1 else ("clean", "composition")
        self._backend: Backend = backend or Embedded(spec.concepts)

    @override
    def sample(self, inputs: Inputs, uniforms: FloatArray) -> FloatArray:
        return self.target(inputs)

    @override
    def target(self, inputs: Inputs) -> FloatArray:
        """Activations, float64 (n,), 4 decimals."""
        return self._backend(self._names, [str(item) for item in inputs])

    @property
    @override
    def stochastic(self) -> bool:
        return False

    @property
    @override
    def description(self) -> str:
        words = "; ".join(f"{c.name}: {', '.join(c.lexicon[:5])}" for c in self.spec.concepts)
        either = " The response is the larger of the two." if len(self._names) == 2 else ""
        return (
            f"Responds to words related to {self.family} ({words}). Output near 1 for such words, between 0 and 1 for "
            f"loosely related ones, near 0 for all others.{either}"
        )

    @property
    @override
    def domain(self) -> str:
        return "Any English word or short phrase; case does not matter."

    @cached_property
    def _responses(self) -> dict[str, float]:
        """Word of the pool -> activation."""
        embedded = isinstance(self._backend, Embedded)  # then the words' vectors are those of any other function
        found = pool_activations(self.spec.concepts) if embedded else self.target(pool())
        return dict(zip(pool(), found.tolist(), strict=True))

    @property
    @override
    def reference_code(self) -> str:
        """`predict(x)` on a literal table of the words that respond, among the words of the domain."""
        return table_code(self._responses)

    @override
    def tolerance(self, targets: Outputs, queries: int = QUERIES) -> FloatArray:
        return np.full(len(targets), UNIT_TOLERANCE)

    @override
    def is_correct(self, targets: Outputs, outputs: Values, queries: int = QUERIES) -> Mask:
        """Nobody can tell from a description how much the function responds: active or not is what counts."""
        activations = np.asarray(targets, dtype=np.float64)
        answered = np.isfinite(KINDS[self.output_kind].errors(activations, outputs))
        given = np.array([float(y) if right else np.nan for y, right in zip(outputs, answered, strict=True)])
        return np.asarray(answered & ((given >= ACTIVE) == (activations >= ACTIVE)))

    @property
    @override
    def code_error(self) -> float:
        """The table is rounded, and leaves out what rounds to nothing."""
        return 1.0

    @override
    def exemplars(self, rng: np.random.Generator, n: int) -> list[str]:
        """`n` words, half of them of the lexicons."""
        return self._mixture(rng, n, (0.5, 0.2))

    def _mixture(self, rng: np.random.Generator, n: int, shares: tuple[float, float]) -> list[str]:
        found = self._related(rng, n, shares)
        taken = set(found)
        found += _choose(rng, [word for word in pool() if word not in taken], n - len(found))
        return [found[i] for i in rng.permutation(len(found))]

    def _related(self, rng: np.random.Generator, n: int, shares: tuple[float, float]) -> list[str]:
        """Different words of the pool: shares of `n` of the lexicons and near the concepts, as far as there are any."""
        own = [word for concept in self.spec.concepts for word in concept.lexicon]
        near = sorted(self._responses, key=lambda word: -self._responses[word])[:NEAR]
        found = _choose(rng, list(dict.fromkeys(own)), round(n * shares[0]))
        return found + _choose(rng, [word for word in near if word not in found], round(n * shares[1]))

    @override
    def asked(self, rng: np.random.Generator) -> list[str]:
        return asked(rng, self.subject)

    @override
    def choose(self, rng: np.random.Generator, inputs: Inputs, n: int) -> Places:
        """Words of the lexicons, words near the concepts, and others that other concepts respond to: a concept by
        chance, then one of its words. So a word's chance to be among the others is that to be among those that the
        function responds to, before one knows the function: a fixed ranking of words is worth nothing."""
        found = dict.fromkeys(self._related(rng, n, SHARES))
        others = {
            concept: [word for word in words if self._responses[word] < ACTIVE]
            for concept, words in active_words(ACTIVE).items()
            if concept not in self._names
        }
        decks = [_choose(rng, words, len(words)) for words in others.values()]
        for deck in [decks[int(i)] for i in rng.integers(len(decks), size=MOST_DRAWS)]:
            if len(found) == n:
                break
            if deck:
                found[deck.pop()] = None
        places = {str(word).casefold(): i for i, word in enumerate(inputs)}
        return np.array(list(dict.fromkeys(places[word.casefold()] for word in found)), dtype=np.int64)

    @override
    def regions(self) -> list[Region]:
        """For two concepts the words of each, which a description of the other one misses; none for one concept."""
        if len(self.spec.concepts) == 1:
            return []
        return [Region(concept.name, partial(_in_lexicon, concept)) for concept in self.spec.concepts]

    @override
    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        """For one concept its neighbours; for two, either of them alone and with another partner."""
        kept = self.spec.concepts
        near = {c.name: _neighbours(c) for c in kept}
        if len(kept) == 1:
            changed = [(other,) for other in near[kept[0].name]] + [(kept[0], near[kept[0].name][-1])]
        else:
            changed = [(kept[0],), (kept[1],)]
            changed += [(kept[0], other) for other in near[kept[1].name]]
            changed += [(kept[1], other) for other in near[kept[0].name]]
        specs = [EntitiesSpec(concepts=c) for c in changed if len({x.name for x in c}) == len(c)]
        specs = [spec for spec in specs if {c.name for c in spec.concepts} != set(self._names) and self._differs(spec)]
        return [EntitiesFunction(f"{self.id}~{i}", specs[j]) for i, j in enumerate(rng.permutation(len(specs))[:n])]

    def _differs(self, spec: EntitiesSpec) -> bool:
        words = [w for c in (*self.spec.concepts, *spec.concepts) for w in c.lexicon]
        other = EntitiesFunction("", spec).target(words)
        return int((np.abs(self.target(words) - other) > 0.2).sum()) >= 4


def _in_lexicon(concept: Concept, inputs: Inputs) -> Mask:
    words = {word.casefold() for word in concept.lexicon}
    return np.array([str(x).casefold() in words for x in inputs], dtype=bool)


def table_code(responses: Mapping[str, float]) -> str:
    """Self-contained `predict(x)` on a literal table of the words that respond; 0 for all others."""
    lines = "\n".join(f"    {w.casefold()!r}: {a}," for w, a in responses.items() if a >= LEAST_LISTED)
    return f'TABLE = {{\n{lines}\n}}\n\n\ndef predict(x):\n    return TABLE.get(" ".join(x.casefold().split()), 0.0)\n'


def _neighbours(concept: Concept, n: int = 4) -> list[Concept]:
    """The concepts whose centroids are nearest, nearest first."""
    others = [other for other in concepts() if other.name != concept.name]
    own = directions(list(concept.lexicon)).sum(axis=0)
    scores = [float((_total(other) * own).sum()) for other in others]
    return [others[i] for i in np.argsort(-np.round(scores, 6), kind="stable")[:n]]


@lru_cache(maxsize=1024)
def _total(concept: Concept) -> FloatArray:
    total = directions(list(concept.lexicon)).sum(axis=0)
    return np.asarray(total / np.sqrt(np.square(total).sum()))


def _choose(rng: np.random.Generator, items: Sequence[str], n: int) -> list[str]:
    return [items[i] for i in rng.permutation(len(items))[:n]]
