"""The scientist on relations: every rule and exclusion is found; what fits no rule, or is no answer, is reported so."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from answering_lab import AnsweringLab
from fake_lab import FakeLab
from noted_lab import NotedLab

from findbench.functions.relations.function import RelationsFunction, RelationsSpec
from findbench.functions.relations.normal import UNDEFINED, normalise
from findbench.functions.relations.tables import table, tables
from findbench.harness.interpreters.scientist import Scientist
from findbench.harness.interpreters.scientist.relations import interpret
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote
from findbench.harness.scoring.scorer import score_episode

CAPITALS = table("country to capital").facts


def build(relation: str, excluded: str | None = None) -> RelationsFunction:
    spec = RelationsSpec(relation=relation, excluded=excluded, facts=table(relation).checksum)
    return RelationsFunction("relations/0000", spec)


def brief(budget: int = 1000) -> Brief:
    return Brief(category="relations", input_kind="text", output_kind="text", budget=budget, seed=5)


def studied(answer: Callable[[Sequence[str]], Sequence[Any]], budget: int = 1000) -> tuple[Interpretation, list[str]]:
    lab = AnsweringLab(answer, budget=budget)
    return interpret(lab, brief(budget)), lab.asked


def predictor(interpretation: Interpretation) -> dict[str, str]:
    """The table of the submitted code."""
    (found,) = [n.value for n in ast.parse(interpretation.code).body if isinstance(n, ast.Assign)]
    facts: dict[str, str] = ast.literal_eval(found)
    return facts


def test_every_rule_is_found_with_or_without_an_exclusion() -> None:
    for number, known in enumerate(tables().values()):
        phrases = [None, *known.subdomains]
        function = build(known.name, phrases[number % len(phrases)])
        interpretation, asked = studied(function.target)
        assert interpretation.description == function.description
        assert interpretation.domain == function.domain
        assert interpretation.code == function.reference_code
        assert len(asked) < 200


@pytest.mark.parametrize("phrase", [None, *table("country to capital").subdomains])
def test_twenty_questions_are_enough(phrase: str | None) -> None:
    function = build("country to capital", phrase)
    interpretation, asked = studied(function.target, budget=20)
    assert len(asked) == 20
    assert interpretation.description == function.description


@pytest.mark.parametrize("budget", [1, 2, 3, 5, 8])
def test_with_few_questions_it_says_what_it_does_not_know(budget: int) -> None:
    interpretation, asked = studied(build("country to capital", "countries in Asia").target, budget)
    assert len(asked) <= budget
    unsure = ("What was observed does not rule this out", f"Returned `{UNDEFINED}` for all of")
    assert any(words in interpretation.description for words in unsure)


def test_with_no_question_it_says_that_there_was_none() -> None:
    interpretation, asked = studied(build("country to capital").target, 0)
    assert (interpretation.description[:25], interpretation.code, asked) == ("Nothing could be observed", "", [])


def test_what_a_rule_does_not_explain_is_told_and_handed_in() -> None:
    def mostly(inputs: Sequence[str]) -> list[str]:
        return ["Atlantis" if normalise(x).startswith("s") else CAPITALS.get(normalise(x), UNDEFINED) for x in inputs]

    interpretation, _ = studied(mostly)
    assert interpretation.description.startswith("Returns the capital of a country.")
    assert "As observed, and against that: S" in interpretation.description
    assert " -> Atlantis; " in interpretation.description
    facts = predictor(interpretation)
    assert all(facts[key] == mostly([key])[0] for key in CAPITALS)


def test_an_exclusion_that_has_no_name_is_told_by_its_inputs() -> None:
    def holed(inputs: Sequence[str]) -> list[str]:
        return [UNDEFINED if normalise(x).endswith("a") else CAPITALS.get(normalise(x), UNDEFINED) for x in inputs]

    interpretation, _ = studied(holed)
    assert interpretation.description.startswith("Returns the capital of a country.")
    assert f"As observed, `{UNDEFINED}` too for " in interpretation.description
    facts = predictor(interpretation)
    assert {key: facts.get(key, UNDEFINED) for key in CAPITALS} == dict(
        zip(CAPITALS, holed(list(CAPITALS)), strict=True)
    )


def test_what_fits_no_rule_is_a_table_of_what_was_observed() -> None:
    interpretation, asked = studied(lambda inputs: [x[::-1] for x in inputs], 300)
    assert len(asked) == 300
    assert interpretation.description.startswith("No known relation fits. It answered 300 of 300 inputs")
    assert "a country" in interpretation.domain
    assert predictor(interpretation) == {normalise(x): x[::-1] for x in asked}


def test_what_answers_nothing_is_told_as_that() -> None:
    interpretation, asked = studied(lambda inputs: [UNDEFINED] * len(inputs), 200)
    assert interpretation.description == f"Returned `{UNDEFINED}` for all of {len(asked)} inputs that were asked."
    assert predictor(interpretation) == {}


@pytest.mark.parametrize(
    "stdout",
    [
        "",
        "\n",
        "null\n",
        "3.5\n",
        '"Paris',
        "[" * 900,
        '["Paris"]\n',
        "\x00\ud800\n",
        '"' + "x" * 5000 + '"\n',
        "NaN\n",
    ],
)
def test_what_is_no_answer_ends_the_questions(stdout: str) -> None:
    lab = FakeLab(stdout)
    interpretation = interpret(lab, brief())
    assert len(lab.ran) == 1
    assert interpretation.description.startswith("Nothing could be observed")


def test_a_lab_that_fails_in_the_midst_leaves_what_was_known_until_then() -> None:
    function = build("country to capital", "countries in Asia")
    sizes = []

    def failing(inputs: Sequence[str]) -> Sequence[object]:
        sizes.append(len(inputs))
        return function.target(inputs) if len(inputs) == 1 else [None]

    interpretation, _ = studied(failing)
    assert [size for size in sizes if size > 1] == sizes[-1:]
    assert interpretation.description == function.description


def test_what_did_not_come_back_is_asked_for_again() -> None:
    function = build("country to capital", "countries in Asia")
    interpretation, asked = studied(lambda inputs: function.target(inputs)[:40])
    assert interpretation.description == function.description
    assert len(asked) > len(set(asked)) > 100


def test_answers_beyond_those_asked_for_are_not_taken() -> None:
    lab = FakeLab('"Paris"\n' * 5000, budget=15)
    interpretation = interpret(lab, brief(15))
    assert interpretation.description.startswith("No known relation fits.")


def test_in_a_real_lab_it_passes() -> None:
    function = build("language to own name", "languages whose name begins with a letter from A to F")
    with NotedLab(function, budget=1000, seed=3) as lab:
        interpretation = Scientist().interpret(lab, brief())
        assert isinstance(lab.notes[-1], HypothesisNote)
    score = score_episode(function, interpretation, seed=3, open_runner=CodeRunner)
    assert score.pass_
    assert "a letter from A to F" in interpretation.description
