"""Relations: facts from libraries, forgiving inputs, `undefined` outside the domain and in the excluded sub-domain."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from drawn import global_inputs, region_inputs
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.functions.errors import SuiteError
from findbench.functions.relations.function import RelationsFunction, RelationsSpec
from findbench.functions.relations.generate import generate, problems
from findbench.functions.relations.normal import UNDEFINED, normalise
from findbench.functions.relations.tables import table, tables


def build(relation: str, excluded: str | None = None) -> RelationsFunction:
    spec = RelationsSpec(relation=relation, excluded=excluded, facts=table(relation).checksum)
    return RelationsFunction("relations/0000", spec)


@pytest.mark.parametrize(
    ("relation", "item", "output"),
    [
        ("country to capital", "France", "Paris"),
        ("country to calling code", "Germany", "49"),
        ("capital to country", "Tokyo", "Japan"),
        ("US city to state", "Chicago", "Illinois"),
        ("element to symbol", "Iron", "Fe"),
        ("symbol to element", "Au", "gold"),
        ("verb to past tense", "take", "took"),
        ("noun to plural", "child", "children"),
        ("adjective to comparative", "good", "better"),
        ("number to ordinal", "23", "23rd"),
        ("date in German", "Monday", "Montag"),
        ("country in French", "Germany", "Allemagne"),
        ("currency code to name", "JPY", "Japanese Yen"),
    ],
)
def test_facts_are_what_a_person_would_say(relation: str, item: str, output: str) -> None:
    assert build(relation).target([item]) == [output]


def test_case_articles_accents_and_spaces_do_not_matter() -> None:
    function = build("country to capital")
    assert set(function.target(["Ivory Coast", "the IVORY coast", " ivory  coast. ", "Ívory Coast"])) == {
        function.target(["Ivory Coast"])[0]
    }
    assert function.target(["brick", "", "\ud800"]) == [UNDEFINED] * 3


def test_an_excluded_sub_domain_is_undefined_and_nothing_else_is() -> None:
    whole, holed = build("country to capital"), build("country to capital", "countries in Africa")
    names = ["Kenya", "the kenya", "France"]
    assert whole.target(names) == ["Nairobi", "Nairobi", "Paris"]
    assert holed.target(names) == [UNDEFINED, UNDEFINED, "Paris"]
    assert "countries in Africa" in holed.description
    assert set(holed.target(region_inputs(holed)["excluded"])) == {UNDEFINED}


def test_there_are_more_relations_than_in_find_each_with_facts_and_a_description() -> None:
    assert len(tables()) >= 25
    for name in tables():
        assert len(table(name).pairs) >= 15, name
        assert build(name).description
        assert UNDEFINED not in table(name).facts.values()


def test_the_full_size_has_the_mix_of_find_and_reproduces() -> None:
    specs = generate(np.random.default_rng(5), 75)
    assert specs == generate(np.random.default_rng(5), 75)
    assert len(set(specs)) == 75
    assert sum(spec.excluded is None for spec in specs) == 25
    for spec in specs[::5]:
        assert problems(np.random.default_rng(1), spec) == []
    with pytest.raises(SuiteError, match="different relations"):
        generate(np.random.default_rng(5), 100_000)


def test_mutants_differ_and_reference_code_agrees() -> None:
    for spec in generate(np.random.default_rng(3), 8):
        function = RelationsFunction("relations/0000", spec)
        inputs = global_inputs(function)
        names: dict[str, Any] = {}
        exec(function.reference_code, names)
        assert [names["predict"](x) for x in inputs] == function.target(inputs)
        mutants = function.mutants(np.random.default_rng(0), 4)
        assert mutants
        assert all(mutant.spec != spec for mutant in mutants)


def test_facts_of_another_version_are_a_clear_error() -> None:
    spec = RelationsSpec(relation="country to capital", facts="0" * 16)
    with pytest.raises(SuiteError, match="make the suite again"):
        RelationsFunction("relations/0000", spec).target(["France"])
    with pytest.raises(SuiteError, match="no relation"):
        RelationsFunction("relations/0000", spec.model_copy(update={"relation": "dog to cat"})).target(["France"])


def test_another_source_of_facts_is_not_asked_in_the_excluded_sub_domain() -> None:
    asked: list[str] = []

    def backend(relation: str, items: Sequence[str]) -> list[str]:
        assert relation == "the capital of a country"
        asked.extend(items)
        return [item.upper() for item in items]

    spec = build("country to capital", "countries in Africa").spec
    function = RelationsFunction("relations/0000", spec, backend)
    assert function.target(["Spain", "Kenya", "Peru"]) == ["SPAIN", UNDEFINED, "PERU"]
    assert asked == ["Spain", "Peru"]


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing_more_than_articles(text: str) -> None:
    once = normalise(text)
    assert normalise(f"  {text}\t") == once
    assert build("element to symbol").target([text])[0]
