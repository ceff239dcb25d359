"""The scientist on entities: concepts, alone and two, are found; noise is borne; what is on no list is told as that."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from answering_lab import AnsweringLab
from fake_lab import FakeLab
from noted_lab import NotedLab

from findbench.functions.entities.concepts import Concept, concepts, pool
from findbench.functions.entities.function import EntitiesFunction, EntitiesSpec
from findbench.functions.entities.generate import generate
from findbench.harness.interpreters.scientist import Scientist
from findbench.harness.interpreters.scientist.entities import interpret, predictions
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote
from findbench.harness.scoring.scorer import score_episode

NAMED = {concept.name: concept for concept in concepts()}


def build(*names: str) -> EntitiesFunction:
    return EntitiesFunction("entities/0000", EntitiesSpec(concepts=tuple(NAMED[name] for name in names)))


def brief(budget: int = 1000) -> Brief:
    return Brief(category="entities", input_kind="text", output_kind="number", budget=budget, seed=5)


def studied(answer: Callable[[Sequence[str]], Any], budget: int = 1000) -> tuple[Interpretation, list[str]]:
    lab = AnsweringLab(lambda inputs: np.asarray(answer(inputs), dtype=float).tolist(), budget=budget)
    return interpret(lab, brief(budget)), lab.asked


def submitted(interpretation: Interpretation) -> dict[str, float]:
    """The table of the submitted code."""
    (found,) = [n.value for n in ast.parse(interpretation.code).body if isinstance(n, ast.Assign)]
    table: dict[str, float] = ast.literal_eval(found)
    return table


def test_it_predicts_what_functions_respond() -> None:
    known = predictions()
    function = known.function((3, 90))
    assert [concept.name for concept in function.spec.concepts] == [known.concepts[3].name, known.concepts[90].name]
    assert (known.of((3, 90)) == function.target(pool())).all()
    assert known.function((3, 3)).spec.concepts == (known.concepts[3],)


def test_its_probes_reach_every_concept_and_are_words_of_lexicons() -> None:
    owned = {word for concept in concepts() for word in concept.lexicon}
    known = predictions()
    assert set(known.probes) <= owned
    assert len(known.probes) == len(set(known.probes)) < 300
    for row, concept in zip(known.table, known.concepts, strict=True):
        reached = [w for w in known.probes if w in concept.lexicon or row[known.place[w]] >= 0.5]
        assert reached, concept.name


def test_every_concept_is_found() -> None:
    for name in [concept.name for concept in concepts()][::6]:
        function = build(name)
        interpretation, asked = studied(function.target)
        assert interpretation.description == function.description
        assert interpretation.domain == function.domain
        assert interpretation.code == function.reference_code
        assert len(asked) < 400


def test_either_of_two_concepts_is_found() -> None:
    pairs = [spec for spec in generate(np.random.default_rng(4), 40) if len(spec.concepts) == 2]
    for spec in pairs:
        function = EntitiesFunction("entities/0000", spec)
        interpretation, _ = studied(function.target)
        assert all(f"{concept.name}: {concept.lexicon[0]}" in interpretation.description for concept in spec.concepts)
        assert submitted(interpretation) == submitted(Interpretation(code=function.reference_code))


@pytest.mark.parametrize("budget", [20, 60])
def test_a_small_budget_is_kept_and_the_doubt_is_told(budget: int) -> None:
    interpretation, asked = studied(build("musical instruments").target, budget)
    assert len(asked) == budget
    assert "Responds to words related to musical instruments" in interpretation.description
    assert f"Words asked: {budget}, so few that it may respond to a second concept too." in interpretation.description


@pytest.mark.parametrize("name", ["cleaning", "toys", "birds", "music"])
def test_what_one_word_does_not_tell_apart_is_told(name: str) -> None:
    interpretation, asked = studied(build(name).target, 1)
    assert len(asked) == 1
    doubts = ("What was observed does not rule these out: ", "No known concept fits.")
    assert any(words in interpretation.description for words in doubts)


def test_with_no_question_it_says_that_there_was_none() -> None:
    interpretation, asked = studied(build("toys").target, 0)
    assert (interpretation.description[:25], interpretation.code, asked) == ("Nothing could be observed", "", [])


def judging(names: Sequence[str]) -> Callable[[Sequence[str]], list[float]]:
    """As a language model in the embedding's place: sure of itself, wider, and now and then of another opinion."""
    function = build(*names)
    odd = set(pool()[::37])

    def answer(inputs: Sequence[str]) -> list[float]:
        return [
            0.02 if (a >= 0.3) == (w in odd) else 0.97 for w, a in zip(inputs, function.target(inputs), strict=True)
        ]

    return answer


@pytest.mark.parametrize("names", [("sea creatures",), ("dogs",), ("mental health", "monsters and ghosts"), ("toys",)])
def test_other_responses_to_the_same_concepts_are_recognised(names: tuple[str, ...]) -> None:
    interpretation, asked = studied(judging(names))
    assert f"Responds to words related to {' or '.join(names)} (" in interpretation.description
    assert "% of the response; otherwise than expected were: " in interpretation.description
    table = submitted(interpretation)
    expected = dict(zip(asked, judging(names)(asked), strict=True))
    assert {word: table.get(word, 0.0) for word in asked} == expected


def test_a_concept_of_no_list_is_told_by_its_words() -> None:
    interpretation, asked = studied(lambda inputs: [float(word[0] in "xyz") for word in inputs])
    assert interpretation.description.startswith("No known concept fits. Responds to ")
    hot = {word for word in asked if word[0] in "xyz"}
    assert {word for word, activation in submitted(interpretation).items() if activation == 1.0} == hot
    assert any(f" {word}," in interpretation.description for word in hot)


def test_a_lexicon_that_is_not_public_is_no_concept_of_the_list() -> None:
    words = ("bridge", "tunnel", "canal", "dam", "viaduct", "aqueduct")
    secret = Concept(name="civil engineering", lexicon=words, threshold=0.5, scale=0.03)
    function = EntitiesFunction("entities/0000", EntitiesSpec(concepts=(secret,)))
    interpretation, _ = studied(function.target)
    assert not interpretation.description.startswith("Responds")


def test_what_responds_to_nothing_is_told_as_that() -> None:
    interpretation, asked = studied(lambda inputs: [0.0] * len(inputs), 200)
    assert f"Responds to none of {len(asked)} words" in interpretation.description
    assert submitted(interpretation) == {}


@pytest.mark.parametrize(
    "stdout",
    ["", "null\n", '"0.5"\n', "true\n", "1\n", "1.5\n", "-0.1\n", "NaN\n", "Infinity\n", "[" * 900, "0.5 0.5\n", "{}"],
)
def test_what_is_no_activation_ends_the_questions(stdout: str) -> None:
    lab = FakeLab(stdout)
    interpretation = interpret(lab, brief())
    assert len(lab.ran) == 1
    assert interpretation.description.startswith("Nothing could be observed")


def test_an_experiment_that_fails_ends_the_questions() -> None:
    lab = FakeLab("0.5\n" * 10, status="timeout")
    assert interpret(lab, brief()).description.startswith("Nothing could be observed")
    assert len(lab.ran) == 1


def test_in_a_real_lab_it_understands() -> None:
    function = build("mental health", "monsters and ghosts")
    with NotedLab(function, budget=1000, seed=3) as lab:
        interpretation = Scientist().interpret(lab, brief())
        assert isinstance(lab.notes[-1], HypothesisNote)
    score = score_episode(function, interpretation, seed=3, open_runner=CodeRunner)
    assert score.auc == 1.0
    assert "mental health or monsters and ghosts" in interpretation.description
