"""The scientist on a relation: ask what tells the known rules and exceptions apart, confirm, describe.

It knows the public rules, their facts and the sub-domains that may be excluded (`findbench.functions.relations`), each
rule with each exclusion being one hypothesis. What it asks first is what splits the hypotheses best (Lindley 1956: the
expected gain in information); what it asks then is a sample of the leading rule's inputs.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from findbench.functions.relations.function import RelationsFunction, RelationsSpec, table_code
from findbench.functions.relations.generate import CLEAN_SHARE
from findbench.functions.relations.normal import UNDEFINED, normalise
from findbench.functions.relations.tables import MOST_EXCLUDED, Table, tables
from findbench.harness.interpreters.asking import ask_for_texts
from findbench.harness.interpreters.scientist.observations import Observations
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.harness.interpreters.base import LabLike

SLIP = 0.01
"""Probability that an answer is not the true rule's: facts differ between sources, and a language model errs."""
LEAST_GAIN = 0.02
"""Bits that a question must promise to be asked; hypotheses that none tells apart are the same function."""
MOST_QUESTIONS = 60
"""Most questions that tell hypotheses apart. A known rule needs fewer than 20."""
CONFIRMING = 100
"""How many inputs of the leading rule confirm it; all of them are asked when one is answered otherwise."""
OUTSIDE = 12
"""How many inputs of other rules are asked too, which the leading one must not answer."""
SURE = 0.9
"""From this probability on, the leading hypothesis is stated without mention of others."""
MOSTLY = 0.7
"""From this share of right answers on, a function is taken for the rule with exceptions of its own."""
LISTED = 30
"""Most examples or exceptions that a description lists."""


@dataclass(frozen=True)
class Hypothesis:
    """A rule, and the sub-domain that it leaves out."""

    table: Table
    excluded: str | None
    prior: float
    """Probability up to a factor, as functions are generated: a third without exclusion, all else evenly."""

    @property
    def left_out(self) -> frozenset[str]:
        """Normalised inputs that are left out."""
        return frozenset() if self.excluded is None else self.table.subdomains[self.excluded]

    def answer(self, key: str) -> str:
        """The output for a normalised input."""
        return UNDEFINED if key in self.left_out else self.table.facts.get(key, UNDEFINED)

    @property
    def function(self) -> RelationsFunction:
        """The hypothesis as a function, which has the words and the code for it."""
        spec = RelationsSpec(relation=self.table.name, excluded=self.excluded, facts=self.table.checksum)
        return RelationsFunction("relations/hypothesis", spec)


def _hypotheses() -> list[Hypothesis]:
    found = []
    for table in tables().values():
        clean = CLEAN_SHARE if table.subdomains else 1.0
        found.append(Hypothesis(table, None, clean))
        found += [Hypothesis(table, phrase, (1 - clean) / len(table.subdomains)) for phrase in table.subdomains]
    return found


def same(answer: str) -> str:
    """The form in which answers are compared: case and white space do not count."""
    return " ".join(answer.casefold().split())


class Space:
    """All hypotheses, all inputs that any of them answers, and what each would answer."""

    def __init__(self, hypotheses: Sequence[Hypothesis]) -> None:
        """Lays out H hypotheses over the K different inputs of their rules."""
        self.hypotheses = hypotheses
        rules = {h.table.name: h.table for h in hypotheses}
        self.written: dict[str, str] = {}
        """Normalised input -> the input as a person writes it."""
        for table in rules.values():
            for key, _ in table.pairs:
                self.written.setdefault(normalise(key), key)
        self.keys = list(self.written)
        self.prior = np.array([h.prior for h in hypotheses]) / sum(h.prior for h in hypotheses)
        self._place = {key: place for place, key in enumerate(self.keys)}
        forms = {name: {key: same(answer) for key, answer in table.facts.items()} for name, table in rules.items()}
        self._numbers: dict[tuple[int, str], int] = {}
        """(place of an input, answer) -> number of that answer, ascending by place."""
        for place, key in enumerate(self.keys):
            for answer in (UNDEFINED, *(facts[key] for facts in forms.values() if key in facts)):
                self._numbers.setdefault((place, answer), len(self._numbers))
        self._starts = np.array([self._numbers[place, UNDEFINED] for place in range(len(self.keys))])
        self.answers = np.tile(self._starts, (len(hypotheses), 1))
        """The number of each hypothesis' answer to each input. Shape (H, K)."""
        for row, hypothesis in zip(self.answers, hypotheses, strict=True):
            for key, answer in forms[hypothesis.table.name].items():
                if key not in hypothesis.left_out:
                    row[self._place[key]] = self._numbers[self._place[key], answer]

    def likelihoods(self, key: str, answer: str) -> FloatArray:
        """The probability of the answer under each hypothesis, up to a factor. Shape (H,)."""
        place = self._place[key]
        number = self._numbers.get((place, same(answer)), -1)
        return np.where(self.answers[:, place] == number, 1 - SLIP, SLIP)

    def gains(self, beliefs: FloatArray) -> FloatArray:
        """Bits that the answer to each input is expected to give: the entropy of its answers. Shape (K,)."""
        alive = np.flatnonzero(beliefs > beliefs.max() * SLIP**2)
        weights = np.repeat(beliefs[alive] / beliefs[alive].sum(), len(self.keys))
        masses = np.bincount(self.answers[alive].ravel(), weights=weights, minlength=len(self._numbers))
        bits = -masses * np.log2(np.where(masses > 0, masses, 1.0))
        return np.asarray(np.add.reduceat(bits, self._starts))


@lru_cache(maxsize=1)
def space() -> Space:
    """The space of all public rules, made when it is first needed."""
    return Space(_hypotheses())


class RuleSearch(Observations[str]):
    """One episode's observations, normalised input -> answer, and what they make of the hypotheses."""

    def __init__(self, lab: LabLike, rng: np.random.Generator) -> None:
        super().__init__(lab, ask_for_texts)
        self.space = space()
        self._rng = rng
        self._log_beliefs = np.log(self.space.prior)  # beliefs start with how functions are generated

    @property
    def beliefs(self) -> FloatArray:
        """The probability of each hypothesis. Shape (H,)."""
        raised = np.exp(self._log_beliefs - self._log_beliefs.max())
        return np.asarray(raised / raised.sum())

    @property
    def best(self) -> Hypothesis:
        """The most probable hypothesis."""
        return self.space.hypotheses[int(self._log_beliefs.argmax())]

    @override
    def written(self, key: str) -> str:
        return self.space.written[key]

    @override
    def observe(self, keys: Iterable[str]) -> dict[str, str]:
        new = super().observe(keys)
        for key, answer in new.items():
            self._log_beliefs += np.log(self.space.likelihoods(key, answer))
        return new

    def identify(self) -> None:
        """Ask for the input that tells the hypotheses apart best, one at a time, until none does."""
        for _ in range(MOST_QUESTIONS):
            if not self.can_ask:
                break
            gains = self.space.gains(self.beliefs)
            gains[[place for place, key in enumerate(self.space.keys) if key in self.observed]] = 0.0
            if gains.max() < LEAST_GAIN:
                break
            self.observe([self.space.keys[int(gains.argmax())]])

    def confirm(self) -> None:
        """Ask for some inputs that the leading rule answers and some that it does not; for all when it errs."""
        confirmed: set[str] = set()
        while self.can_ask and self.best.table.name not in confirmed:
            facts = self.best.table.facts
            confirmed.add(self.best.table.name)
            outside = self._shuffled([key for key in self.space.keys if key not in facts])
            self.observe([*self._shuffled(list(facts))[:CONFIRMING], *outside[:OUTSIDE]])
            if self.exceptions():
                self.observe(self._shuffled(list(facts)))

    def survey(self) -> None:
        """Ask for inputs of all rules alike, because none of the rules fits."""
        if self.can_ask:
            self.observe(self._shuffled(self.space.keys))

    def exceptions(self) -> dict[str, str]:
        """The observations that the best hypothesis does not explain."""
        return {key: answer for key, answer in self.observed.items() if same(answer) != same(self.best.answer(key))}

    @property
    def fits(self) -> bool:
        """Whether the function is the best rule, perhaps with exceptions of its own, rather than something else.

        It is when the rule is right about most inputs that were answered, and they are as many as a generated
        exclusion would leave."""
        inside = [key for key in self.observed if key in self.best.table.facts and key not in self.best.left_out]
        answered = [key for key in inside if same(self.observed[key]) != UNDEFINED]
        right = len(set(answered) - set(self.exceptions()))
        return right >= max(1, MOSTLY * len(answered), (1 - MOST_EXCLUDED) * len(inside))

    def _shuffled(self, keys: list[str]) -> list[str]:
        return [keys[i] for i in self._rng.permutation(len(keys))]


def interpret(lab: LabLike, brief: Brief) -> Interpretation:
    """Play one episode. Everything that is known of the function comes from experiments."""
    found = RuleSearch(lab, np.random.default_rng(brief.seed))
    found.identify()
    found.confirm()
    fits = found.fits
    if not fits:
        found.survey()
    best = found.best
    lab.note(
        HypothesisNote(
            hypothesis=best.table.name,
            figures={
                "excluded": best.excluded,
                "belief": float(found.beliefs.max()),
                "observed": len(found.observed),
                "unexplained": len(found.exceptions()),
            },
        )
    )
    return _rule(found) if fits else _observations(found)


def _rule(found: RuleSearch) -> Interpretation:
    """The best hypothesis, with what speaks against it."""
    best, exceptions = found.best, found.exceptions()
    facts = {key: value for key, value in best.table.facts.items() if key not in best.left_out}
    facts.update(exceptions)
    words = best.function.description
    rivals = _rivals(found)
    if rivals:
        words += f" What was observed does not rule this out: {' '.join(rivals)}"
    gaps = [key for key, answer in exceptions.items() if same(answer) == UNDEFINED]
    if gaps:
        words += f" As observed, `{UNDEFINED}` too for {_several([found.space.written[key] for key in gaps], ', ')}."
    others = {key: answer for key, answer in exceptions.items() if key not in gaps}
    if others:
        words += f" As observed, and against that: {_listed(found, others)}."
    return Interpretation(description=words, domain=best.function.domain, code=table_code(facts))


def _rivals(found: RuleSearch) -> list[str]:
    """When the best hypothesis is not sure: the descriptions of those left beside it, likeliest first."""
    beliefs = found.beliefs
    if beliefs.max() >= SURE:
        return []
    order = np.argsort(-beliefs, kind="stable")[1:4]
    hypotheses = [found.space.hypotheses[i] for i in order if beliefs[i] > (1 - SURE) / 2]
    return [h.function.description.partition(" Case,")[0] for h in hypotheses]


def _observations(found: RuleSearch) -> Interpretation:
    """No rule fits: hand in what was observed, and say so."""
    if not found.observed:
        return Interpretation(description="Nothing could be observed, so there is nothing to say.")
    defined = {key: answer for key, answer in found.observed.items() if same(answer) != UNDEFINED}
    if not defined:
        text = f"Returned `{UNDEFINED}` for all of {len(found.observed)} inputs that were asked."
    else:
        text = (
            f"No known relation fits. It answered {len(defined)} of {len(found.observed)} inputs that were asked, for "
            f"instance {_listed(found, defined)}; and `{UNDEFINED}` for the others."
        )
    return Interpretation(description=text, domain=_domain(found, defined), code=table_code(defined))


def _domain(found: RuleSearch, defined: Container[str]) -> str:
    """The kinds of inputs of which more than half were answered, as a sentence."""
    answered: dict[str, list[bool]] = {}
    for table in {h.table.name: h.table for h in found.space.hypotheses}.values():
        answered.setdefault(table.one, []).extend(key in defined for key in found.observed if key in table.facts)
    kinds = [one for one, each in answered.items() if sum(each) > len(each) / 2]
    return f"The name of {', or of '.join(kinds)}." if kinds else "Not known: hardly anything was answered."


def _listed(found: RuleSearch, pairs: dict[str, str]) -> str:
    """Some of the pairs, written for a person."""
    return _several([f"{found.space.written[key]} -> {answer[:60]}" for key, answer in pairs.items()], "; ")


def _several(items: list[str], separator: str) -> str:
    """The first `LISTED` items, and how many more there are."""
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return separator.join(items[:LISTED]) + more
