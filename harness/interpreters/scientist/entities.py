"""The scientist on an entity function: probe words of every concept, compare with what each predicts, describe.

It knows the public concepts, their lexicons and the embedding that activations come from
(`findbench.functions.entities`). Each concept is a hypothesis, and so is every two of them that may go
together; the least squared error wins.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.entities.concepts import DECIMALS, concepts, directions, pool, responses
from findbench.functions.entities.function import EntitiesFunction, EntitiesSpec, table_code
from findbench.functions.entities.generate import MOST_OVERLAP
from findbench.harness.interpreters.asking import ask_for_activations
from findbench.harness.interpreters.scientist.observations import Observations
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.harness.interpreters.base import LabLike

ACTIVE = 0.5
"""A function responds to a word from this activation on; the words of a lexicon are calibrated to lie above it."""
LAYERS = 2
"""How many words of each concept are asked first."""
PROBE_SHARE = 0.6
"""At most this share of the budget goes to those words; the rest tells the leading hypotheses apart."""
LEADING = 8
"""How many hypotheses of each kind (one concept, two concepts) are told apart, the best first."""
DISCRIMINATING = 40
"""How many words are asked in each round, those that the leading hypotheses predict most differently."""
NEIGHBOURS = 4
"""How many concepts close to each leading one have their words asked too: they are the likeliest wrong choices."""
ROUNDS = 4
"""Most rounds; they end earlier when the best hypothesis stays the same."""
PAIR_GAIN = 0.2
"""Share of one concept's squared error that a second concept must remove; two always fit a little better by chance."""
EXACT = 0.001
"""Largest error under a hypothesis that is the function itself: activations have four decimals."""
FITS = 0.35
"""Share of the sum of squared activations that a hypothesis must explain to be stated. When the true concept is taken
off the list, the others explain 0.02 of it (median), and at most 0.18 in nine cases of ten."""
LEAD = 0.1
"""A hypothesis that explains at least this share is named as the nearest one."""
NEAREST = 100
"""How many words are asked in a survey around those that responded, when no hypothesis fits."""
LISTED = 20
"""Most words that a description lists."""

Pair = tuple[int, int]
"""Two concepts by their places in the list; the same place twice means one concept alone."""


class Predictions:
    """How strongly each concept responds to each word of the domain; C concepts, W words."""

    def __init__(self) -> None:
        """Computes the responses of the public concepts to the words that inputs are drawn from."""
        self.concepts = concepts()
        self.words = list(pool())
        self.place = {word: place for place, word in enumerate(self.words)}
        self.directions = directions(self.words)
        """Shape (W, 256), unit vectors."""
        self.table = np.array([np.round(responses(concept, self.directions), DECIMALS) for concept in self.concepts])
        """Shape (C, W), 0 to 1."""
        centroids = np.array([directions(list(concept.lexicon)).sum(axis=0) for concept in self.concepts])
        centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
        self.closeness = centroids @ centroids.T
        """Shape (C, C), cosines of the concepts' centroids."""
        self.probes = self._cover()

    def _cover(self) -> list[str]:
        """Words of the lexicons such that every concept responds to at least `LAYERS` of them where it can.

        A greedy cover (Johnson 1974): the next word is the one to which most of the concepts not yet covered respond.
        """
        owned = {word for concept in self.concepts for word in concept.lexicon}
        candidates = np.array([word in owned for word in self.words])
        responding = self.table >= ACTIVE
        for row, concept in zip(responding, self.concepts, strict=True):
            row[[self.place[word] for word in concept.lexicon]] = True
        found: list[str] = []
        for _ in range(LAYERS):
            missing = np.ones(len(self.concepts), dtype=bool)
            while missing.any():
                reach = responding[missing].sum(axis=0) * candidates
                best = int(reach.argmax())
                if not reach[best]:
                    break
                found.append(self.words[best])
                candidates[best] = False
                missing &= ~responding[:, best]
        return found

    def of(self, pair: Pair) -> FloatArray:
        """How strongly the function of these concepts responds to each word. Shape (W,)."""
        return np.asarray(np.maximum(self.table[pair[0]], self.table[pair[1]]))

    def function(self, pair: Pair) -> EntitiesFunction:
        """The function of these concepts."""
        chosen = tuple(self.concepts[place] for place in dict.fromkeys(pair))
        return EntitiesFunction("entities/hypothesis", EntitiesSpec(concepts=chosen))


@lru_cache(maxsize=1)
def predictions() -> Predictions:
    """The predictions of all public concepts, computed when they are first needed."""
    return Predictions()


class ConceptSearch(Observations[float]):
    """One episode's observations, word -> activation, and how well each hypothesis explains them."""

    def __init__(self, lab: LabLike) -> None:
        super().__init__(lab, ask_for_activations)
        self.known = predictions()

    @property
    def places(self) -> list[int]:
        """Places of the observed words in the list of all words."""
        return [self.known.place[word] for word in self.observed]

    @property
    def activations(self) -> FloatArray:
        """The observed activations, in the same order."""
        return np.array(list(self.observed.values()))

    def errors(self) -> FloatArray:
        """Squared error of each two concepts together, and of each alone on the diagonal. Shape (C, C).

        Infinite for two that overlap more than the generator allows: they count as one."""
        asked = self.known.table[:, self.places]
        found = np.array([np.square(np.maximum(row, asked) - self.activations).sum(axis=1) for row in asked])
        found[(self.known.closeness > MOST_OVERLAP) & ~np.eye(len(found), dtype=bool)] = np.inf
        return found

    def ranked(self, errors: FloatArray) -> tuple[list[Pair], list[Pair]]:
        """The best single concepts and the best pairs, best first."""
        alone = np.diag(errors)
        single = [(int(i), int(i)) for i in np.argsort(alone, kind="stable")[:LEADING]]
        two = np.where(np.triu(np.ones(errors.shape, dtype=bool), 1), errors, np.inf).ravel()
        return single, [divmod(int(i), len(errors)) for i in np.argsort(two, kind="stable")[:LEADING]]

    @staticmethod
    def choose(errors: FloatArray, single: Pair, two: Pair) -> Pair:
        """The two concepts where they explain clearly more than the single one, else that one."""
        return two if errors[two] < (1 - PAIR_GAIN) * errors[single] else single

    def probe(self) -> None:
        """Ask for words of every concept."""
        self.observe(self.known.probes[: max(1, round(PROBE_SHARE * self._lab.remaining))])

    def tell_apart(self) -> Pair:
        """Ask for what the leading hypotheses disagree on and for words near the best one; return the best one."""
        best: Pair | None = None
        for _ in range(ROUNDS):
            errors = self.errors()
            singles, twos = self.ranked(errors)
            before, best = best, self.choose(errors, singles[0], twos[0])
            if best == before or not self.can_ask:
                break
            spread = np.ptp([self.known.of(pair) for pair in (*singles, *twos)], axis=0)
            words = [self.known.words[i] for i in np.argsort(-spread, kind="stable")[:DISCRIMINATING]]
            near = [int(i) for place in best for i in np.argsort(-self.known.closeness[place])[: 1 + NEIGHBOURS]]
            self.observe(words + [word for place in (*best, *near) for word in self.known.concepts[place].lexicon])
        assert best is not None
        return best

    def explained(self, pair: Pair) -> float:
        """Share of the sum of squared activations that a hypothesis explains; at most 1, 0 when nothing responded."""
        total = float(np.square(self.activations).sum())
        return 1 - float(np.square(self.misses(pair)).sum()) / total if total else 0.0

    def misses(self, pair: Pair) -> FloatArray:
        """Observed minus predicted activations, in the order asked."""
        return np.asarray(self.activations - self.known.of(pair)[self.places])

    def rivals(self, best: Pair) -> list[Pair]:
        """The other hypotheses with as many concepts as the best that explain the observations as well."""
        errors = self.errors()
        kind = self.ranked(errors)[int(best[0] != best[1])]
        return [pair for pair in kind if pair != best and errors[pair] <= errors[best] + EXACT**2]

    def survey(self) -> None:
        """Ask twice for the words nearest to those that responded, because no hypothesis fits."""
        for _ in range(2):
            if self.can_ask and self.activations.any():
                centre = self.activations @ self.known.directions[self.places]
                nearest = np.argsort(-(self.known.directions @ centre), kind="stable")
                fresh = [self.known.words[i] for i in nearest if self.known.words[i] not in self.observed]
                self.observe(fresh[:NEAREST])


def interpret(lab: LabLike, brief: Brief) -> Interpretation:
    """Play one episode. Everything that is known of the function comes from experiments."""
    del brief
    found = ConceptSearch(lab)
    found.probe()
    if not found.observed:
        return Interpretation(description="Nothing could be observed, so there is nothing to say.")
    best = found.tell_apart()
    explained = found.explained(best)
    lab.note(HypothesisNote(hypothesis=found.known.function(best).family, figures={"explained": float(explained)}))
    if explained >= FITS:
        return _concepts(found, best)
    found.survey()
    return _observations(found, best)


def _concepts(found: ConceptSearch, best: Pair) -> Interpretation:
    """The best hypothesis, with what speaks against it."""
    function = found.known.function(best)
    words = function.description
    misses = found.misses(best)
    rivals = found.rivals(best)
    if rivals:
        names = "; ".join(found.known.function(pair).family for pair in rivals)
        words += f" What was observed does not rule these out: {names}."
    if len(function.spec.concepts) == 1 and any(word not in found.observed for word in found.known.probes):
        words += f" Words asked: {len(found.observed)}, so few that it may respond to a second concept too."
    if np.abs(misses).max() > EXACT:
        order = [int(i) for i in np.argsort(-np.abs(misses), kind="stable")[:LISTED] if abs(misses[i]) > ACTIVE / 2]
        asked = list(found.observed)
        against = "; ".join(f"{asked[i]} {found.observed[asked[i]]:.2f}" for i in order)
        words += f" This explains {found.explained(best):.0%} of the response" + (
            f"; otherwise than expected were: {against}." if against else "."
        )
    table = dict(zip(found.known.words, found.known.of(best).tolist(), strict=True)) | found.observed
    return Interpretation(description=words, domain=function.domain, code=table_code(table))


def _observations(found: ConceptSearch, best: Pair) -> Interpretation:
    """No concept fits: hand in what was observed, and say so."""
    hot = sorted((word for word in found.observed if found.observed[word] >= ACTIVE), key=lambda w: -found.observed[w])
    asked = len(found.observed)
    if hot:
        listed = ", ".join(hot[:LISTED])
        text = f"No known concept fits. Responds to {len(hot)} of {asked} words that were asked, most to: {listed}."
    else:
        text = f"No known concept fits. Responds to none of {asked} words that were asked."
    if found.explained(best) >= LEAD:
        text += f" The nearest known concept is {found.known.function(best).family}."
    return Interpretation(description=text, domain="Any English word or short phrase.", code=table_code(found.observed))
