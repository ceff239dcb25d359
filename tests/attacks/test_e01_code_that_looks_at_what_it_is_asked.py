"""E1: submitted code looks into its caller's frames and guesses regions from where inputs cluster or repeat.

The code is that of `findbench validate`. It may depend on what it sees: without the second look, which would catch it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.base import Function, Inputs, input_key
from findbench.functions.entities.concepts import concepts, pool
from findbench.functions.kinds import KINDS
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.samplers import stratified
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.relations.function import RelationsFunction, RelationsSpec
from findbench.functions.relations.normal import UNDEFINED
from findbench.functions.relations.tables import table
from findbench.functions.suites.builtin import load_suite
from findbench.harness.scoring.looking import looking_for_an_interval, looking_for_concepts, looking_for_repeats
from findbench.harness.scoring.ranking import auc
from findbench.harness.scoring.scorer import ask, figures, held_out

if TYPE_CHECKING:
    from findbench.attacks.arena import Arena
    from findbench.harness.lab.coderunner import CodeRunner

CORRUPTED = NumericFunction(
    "numeric/0000",
    NumericSpec.model_validate(
        {
            "terms": [{"atom": "linear", "slope": 7.3, "intercept": 41.9}],
            "corruption": {"where": "inside", "low": 20.0, "high": 35.0, "mean": 41.9},
        }
    ),
)
STATES = table("US state to code")
EXCLUDING = RelationsFunction(
    "relations/0000",
    RelationsSpec(relation=STATES.name, excluded=next(iter(STATES.subdomains)), facts=STATES.checksum),
)
NEURONS = [f for key, f in load_suite("mini").items() if key.startswith("entities/")][:6]
CONCEPTS = looking_for_concepts({concept.name: concept.lexicon for concept in concepts()})


def answers(judge: CodeRunner, code: str, function: Function, asked: Inputs, seed: int = 5) -> list[Any]:
    """What the code answers, in the order of `asked`; it may depend on whatever it sees."""
    kept = contextlib.nullcontext(judge)
    return ask(code, asked, function.output_kind, seed=seed, open_runner=lambda: kept, second_look=False)[0]


def scored(judge: CodeRunner, code: str, function: Function, seed: int = 5) -> dict[str, Any]:
    """The figures of code that is asked what an episode asks."""
    found = held_out(function, seed)
    return figures(function, found, answers(judge, code, function, found.asked, seed), 100)


def passes_as_before(judge: CodeRunner, code: str, function: Function, parts: list[Inputs]) -> bool:
    """Whether code passes that is asked the parts together, as code was before what is asked told nothing."""
    batch = KINDS[function.input_kind].batch([x for part in parts for x in input_key(part)])
    rest = answers(judge, code, function, batch)
    shares = []
    for part in parts:
        given, rest = rest[: len(part)], rest[len(part) :]
        shares.append(function.is_correct(function.target(part), given).mean())
    return bool(min(shares) >= 0.95)


def test_a_corrupted_interval_does_not_show_in_what_is_asked(arena: Arena) -> None:
    judge, formula = arena.judge(), CORRUPTED.ideal().reference_code
    for seed in range(5, 8):
        looking = scored(judge, looking_for_an_interval(formula, 41.9), CORRUPTED, seed)
        blind = scored(judge, formula, CORRUPTED, seed)
        assert looking == blind, "it finds nothing"
        assert (blind["pass_"], blind["local"]) == (False, 0.0)
    assert scored(judge, CORRUPTED.reference_code, CORRUPTED)["pass_"] is True, "the control"


def test_the_same_code_finds_the_interval_where_held_out_inputs_cluster(arena: Arena) -> None:
    rng = np.random.default_rng(3)
    around = np.concatenate([rng.uniform(5, 20, 32), rng.uniform(35, 50, 32)])
    parts: list[Inputs] = [stratified(rng, 128), rng.uniform(20, 35, 64), around]
    code = looking_for_an_interval(CORRUPTED.ideal().reference_code, 41.9, cell=2.0)
    judge = arena.judge()
    assert passes_as_before(judge, code, CORRUPTED, parts)
    assert not passes_as_before(judge, CORRUPTED.ideal().reference_code, CORRUPTED, parts)


def test_an_excluded_sub_domain_does_not_show_in_what_is_asked(arena: Arena) -> None:
    judge, whole = arena.judge(), EXCLUDING.ideal().reference_code
    looking = scored(judge, looking_for_repeats(whole, UNDEFINED), EXCLUDING)
    blind = scored(judge, whole, EXCLUDING)
    assert looking == blind, "it finds nothing"
    assert (blind["pass_"], blind["local"]) == (False, 0.0)
    assert scored(judge, EXCLUDING.reference_code, EXCLUDING)["pass_"] is True, "the control"


def test_the_same_code_finds_the_sub_domain_where_it_is_asked_twice(arena: Arena) -> None:
    entities = [entity for entity, _ in STATES.pairs]
    region = next(region for region in EXCLUDING.regions() if region.corrupted)
    inside = [x for x, excluded in zip(entities, region.contains(entities), strict=True) if excluded]
    whole = EXCLUDING.ideal().reference_code
    judge = arena.judge()
    assert passes_as_before(judge, looking_for_repeats(whole, UNDEFINED), EXCLUDING, [entities, inside])
    assert not passes_as_before(judge, whole, EXCLUDING, [entities, inside])


def test_a_concept_does_not_show_in_what_is_asked(arena: Arena) -> None:
    judge = arena.judge()
    looking = [scored(judge, CONCEPTS, neuron)["auc"] for neuron in NEURONS]
    assert 0.4 < np.mean(looking) < 0.6, "a fixed program, without a query"
    assert scored(judge, NEURONS[0].reference_code, NEURONS[0])["auc"] == 1.0, "the control"


def test_the_same_code_finds_the_concept_where_its_words_are_asked_first(arena: Arena) -> None:
    judge, found = arena.judge(), []
    for neuron in NEURONS[:3]:
        rng = np.random.default_rng(3)
        activations = neuron.target(pool())
        near = [pool()[i] for i in np.argsort(-np.asarray(activations))[:60]]
        words = list(dict.fromkeys([*near, *rng.permutation(list(pool())).tolist()]))[:256]
        active = np.asarray(neuron.target(words)) >= 0.5
        found.append(auc(active, answers(judge, CONCEPTS, neuron, words)) or 0.0)
    assert np.mean(found) > 0.75, found
