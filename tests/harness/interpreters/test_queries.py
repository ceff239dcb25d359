"""Lists of inputs: read strictly, and carried into the lab as data."""

import ast

import pytest
from fake_lab import FakeLab
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.harness.errors import InfrastructureError
from findbench.harness.interpreters.queries import MAX_INPUTS, lab_code, observe_exemplars, parse_inputs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "{}",
        "[]",
        "[1, ",
        '["a"]',
        "[true]",
        "[NaN]",
        "[1e999]",
        "[null]",
        "[[1]]",
        str([1] * (MAX_INPUTS + 1)),
        "[" * 99_999,
    ],
)
def test_what_is_no_list_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="inputs"):
        parse_inputs(text, "number")


def test_lists_of_inputs_are_read() -> None:
    assert parse_inputs("[1, -2.5]", "number") == [1.0, -2.5]
    assert parse_inputs('["a", ""]', "text") == ["a", ""]
    with pytest.raises(ValueError, match="strings"):
        parse_inputs('["a", 1]', "text")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_whatever_an_input_holds_the_code_is_the_same_but_for_one_literal(inputs: list[str]) -> None:
    tree = ast.parse(lab_code(inputs))
    harmless = ast.parse(lab_code(["a"]))
    literals = [n for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    assert len(literals) == len([n for n in ast.walk(harmless) if isinstance(n, ast.Constant)])
    assert [type(n) for n in ast.walk(tree)] == [type(n) for n in ast.walk(harmless)]


def test_exemplars_are_observed_as_far_as_the_budget_goes() -> None:
    lab = FakeLab("f(1.0) = 2.0\n", budget=2)
    assert observe_exemplars(lab, (1.0, 2.0, 3.0)) == "f(1.0) = 2.0"
    assert "[1.0, 2.0]" in lab.ran[0]
    assert observe_exemplars(FakeLab(budget=0), ("a",)) == ""
    with pytest.raises(InfrastructureError):
        observe_exemplars(FakeLab(status="killed"), ("a",))
