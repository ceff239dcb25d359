"""String functions: operations, their reference code, inputs, near misses, and the generator."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from drawn import drawn, global_inputs, region_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from inflect import engine
from pydantic import ValidationError

from findbench.functions.audit.probes import load_predict
from findbench.functions.errors import SuiteError
from findbench.functions.strings.function import StringsFunction
from findbench.functions.strings.generate import generate
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.primitives import number_words, ordinal_words
from findbench.functions.strings.registry import operation
from findbench.functions.strings.soundness import probes, problems, signature, singles
from findbench.functions.strings.spec import Step, StringsSpec
from findbench.functions.suites.builtin import load_suite

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
"""Every code point, lone surrogates included."""


def one(name: str, **parameters: str | int) -> StringsFunction:
    """A function of one operation; parameters not given take the first value of their grid."""
    values = {**next(OPERATIONS[name].settings()), **parameters}
    return StringsFunction("strings/0000", StringsSpec(steps=(Step(operation=name, parameters=values),)))


@pytest.fixture(scope="module")
def functions() -> list[StringsFunction]:
    specs = generate(np.random.default_rng(11), 40)
    return [StringsFunction(f"strings/{i:04d}", spec) for i, spec in enumerate(specs)]


def test_there_are_at_least_the_67_operations_of_find_in_all_families() -> None:
    assert len(OPERATIONS) >= 67
    assert {o.family for o in OPERATIONS.values()} >= {
        *("case", "reverse", "extract", "remove", "strip", "duplicates", "vowels", "count", "ordinal", "shift"),
        *("insert", "concatenate", "replace", "repeat", "swap", "table"),
    }


@pytest.mark.parametrize(
    ("name", "parameters", "x", "expected"),
    [
        ("swap_halves", {}, "abcde", "cdeab"),
        ("shift", {"k": 3}, "xyz XYZ!", "abc ABC!"),
        ("shift_by_length", {"sign": -1}, "abc", "xyz"),
        ("shift_by_place", {"step": 1, "start": 0}, "aaaa", "abcd"),
        ("shift_middle", {"k": 1}, "abcd", "acdd"),
        ("mirror_alphabet", {}, "abYZ-1", "zyBA-1"),
        ("turn_vowels", {"k": 1}, "audio UA", "eadou AE"),
        ("reverse_vowels", {}, "education", "odicatuen"),
        ("swap_places", {"i": 1, "j": 4}, "abcdef", "dbcaef"),
        ("rotate_right", {"k": 5}, "abc", "bca"),
        ("count_repeats", {}, "bookkeeper", "four"),
        ("ordinal_of_last", {}, "quiz", "twenty-sixth"),
        ("ordinal_of_letter", {"letter": "e"}, "xyz", "zeroth"),
        ("collapse_runs", {}, "aabbba", "aba"),
        ("insert_middle", {"piece": "42"}, "abcde", "ab42cde"),
        ("substitute", {"old": "aeiost", "new": "431057890"}, "toast", "70457"),
        ("keyboard_right", {}, "Plm", "Qaz"),
        ("spell_digits", {}, "a10", "aonezero"),
        ("strip_ends", {"n": 2}, "abc", ""),
    ],
)
def test_an_operation_does_what_its_name_says(
    name: str, parameters: dict[str, str | int], x: str, expected: str
) -> None:
    assert one(name, **parameters).target([x]) == [expected]


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=4))
def test_reference_code_equals_every_operation_on_any_unicode_text(texts: list[str]) -> None:
    for function, predict in REFERENCES:
        assert function.target(texts) == [predict(x) for x in texts]


REFERENCES = [(function, load_predict(function.reference_code)) for function in map(one, OPERATIONS)]


@settings(max_examples=30, deadline=None)
@given(x=ANY_TEXT, data=st.data())
def test_compositions_are_total_and_equal_their_reference_code(x: str, data: st.DataObject) -> None:
    steps = []
    for _ in range(2):
        chosen = data.draw(st.sampled_from(list(OPERATIONS.values())))
        parameters = data.draw(st.sampled_from(list(chosen.settings())))
        steps.append(Step(operation=chosen.name, parameters=parameters))
    function = StringsFunction("strings/0000", StringsSpec(steps=tuple(steps)))
    assert function.target([x]) == [load_predict(function.reference_code)(x)]


def test_shifted_letters_stay_letters_of_their_case() -> None:
    for name, found in OPERATIONS.items():
        if found.family == "shift" and name != "shift_digits":
            for parameters in found.settings():
                y = found.run("azAZ mM", **parameters)
                assert [c.islower() for c in y] == [c.islower() for c in "azAZ mM"]
                assert y.isascii()


def test_numbers_and_ordinals_are_spelt_as_the_library_inflect_spells_them() -> None:
    words = engine()
    for n in [*range(130), 999, 1000, 1001, 12345, 100_000, 1_000_000, 98_765_432_101]:
        spelt = str(words.number_to_words(n, andword="")).replace(",", "")
        assert number_words(n) == spelt
        assert ordinal_words(n) == words.ordinal(spelt)


def test_the_full_suite_uses_at_least_120_operations() -> None:
    suite = load_suite("find")
    specs = [function.spec for key, function in suite.items() if key.startswith("strings/")]
    used = {step.operation for spec in specs if isinstance(spec, StringsSpec) for step in spec.steps}
    # Not all: where a constant answers too many inputs (counting digits, say), the generator declines.
    assert len(used) >= 120
    assert len(specs) == 1000


def test_every_branch_of_every_operation_alone_has_inputs() -> None:
    for name, found in OPERATIONS.items():
        scored = drawn(one(name), 3)
        empty = ["inputs that are shorter than 1 characters"]  # the one empty string is asked once
        assert [dropped for dropped in scored.dropped if dropped not in empty] == [], name
        assert len(scored.regions) + len(scored.dropped) == len({b.name for b in found.branches}) + 1, name


def test_generation_repeats_and_keeps_the_shares_of_one_and_two_operations() -> None:
    first, second = (generate(np.random.default_rng(5), 20) for _ in range(2))
    assert first == second
    assert sum(len(spec.steps) == 1 for spec in first) == 6
    assert first != generate(np.random.default_rng(6), 20)


def test_no_generated_function_equals_another_or_the_identity_or_a_shorter_one(
    functions: list[StringsFunction],
) -> None:
    signatures = [signature(f.spec) for f in functions]
    assert len(set(signatures)) == len(functions)
    assert probes() not in signatures
    assert not [s for f, s in zip(functions, signatures, strict=True) if len(f.spec.steps) == 2 and s in singles()]


def test_a_composition_that_cancels_out_is_a_problem() -> None:
    twice = StringsSpec(steps=(Step(operation="reverse"), Step(operation="reverse")))
    assert any("identity" in reason for reason in problems(np.random.default_rng(0), twice))
    idle = StringsSpec(steps=(Step(operation="upper"), Step(operation="remove_vowels")))
    assert problems(np.random.default_rng(0), idle) == []
    lost = StringsSpec(steps=(Step(operation="reverse"), Step(operation="count_characters")))
    assert any("step 2 alone" in reason for reason in problems(np.random.default_rng(0), lost))


def test_identity_and_constants_fail_on_held_out_inputs(functions: list[StringsFunction]) -> None:
    for function in functions:
        inputs = global_inputs(function, 9, 300)
        outputs = function.target(inputs)
        assert len(inputs) == 300
        assert sum(x != y for x, y in zip(inputs, outputs, strict=True)) > 150
        assert max(outputs.count(y) for y in set(outputs)) < 150


def test_mutants_differ_on_held_out_inputs_and_change_at_most_one_thing(functions: list[StringsFunction]) -> None:
    for function in functions:
        near = function.mutants(np.random.default_rng(4), 5)
        assert len(near) >= 2, function.description
        inputs = global_inputs(function, 8)
        for mutant in near:
            assert isinstance(mutant, StringsFunction)
            assert mutant.target(inputs) != function.target(inputs)
            same = [a == b for a, b in zip(mutant.spec.steps, function.spec.steps, strict=True)]
            assert sum(not kept for kept in same) == 1 or mutant.spec.steps == function.spec.steps[::-1]


def test_exemplars_are_different_and_show_a_change(functions: list[StringsFunction]) -> None:
    for function in functions:
        shown = function.exemplars(np.random.default_rng(1), 10)
        assert len(set(shown)) == 10
        assert all(shown)
        assert sum(x != y for x, y in zip(shown, function.target(shown), strict=True)) >= 8


def test_descriptions_name_every_parameter(functions: list[StringsFunction]) -> None:
    for function in functions:
        assert "{" not in function.description
        for step in function.spec.steps:
            for value in step.parameters.values():
                assert str(value) in function.description


def test_equal_generators_draw_equal_inputs(functions: list[StringsFunction]) -> None:
    function = functions[0]
    assert function.exemplars(np.random.default_rng(1), 8) == function.exemplars(np.random.default_rng(1), 8)
    assert global_inputs(function, 1) == global_inputs(function, 1) != global_inputs(function, 2)
    assert region_inputs(function, 1) == region_inputs(function, 1)


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_an_operation_alone_is_described_and_shown_by_an_input_that_it_changes(name: str) -> None:
    function = one(name)
    (shown,) = function.exemplars(np.random.default_rng(0), 1)
    assert function.description
    assert function.target([shown]) != [shown]


@pytest.mark.parametrize(
    "step",
    [
        {"operation": "nothing_known"},
        {"operation": "shift"},
        {"operation": "shift", "parameters": {"k": 26}},
        {"operation": "reverse", "parameters": {"k": 1}},
    ],
)
def test_a_spec_outside_the_registry_is_refused(step: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StringsSpec.model_validate({"steps": [step]})


def test_more_functions_than_the_registry_can_give_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["findbench.functions.strings.generate"], "ATTEMPTS", 0)
    with pytest.raises(SuiteError, match="ask for fewer"):
        generate(np.random.default_rng(0), 4)


def test_an_operation_needs_a_name_of_its_own_and_a_docstring() -> None:
    def reverse(x: str) -> str:
        """Reverse."""
        return x

    def silent(x: str) -> str:
        return x

    for run in (reverse, silent):
        with pytest.raises(ValueError, match="docstring"):
            operation("case")(run)
