"""The scientist on strings: programs are found and told apart; what fits none, or is no answer, is reported so."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from answering_lab import AnsweringLab
from fake_lab import FakeLab
from noted_lab import NotedLab

from findbench.functions.strings.evaluate import in_branches, runner, stratified
from findbench.functions.strings.function import StringsFunction
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.spec import Step, StringsSpec
from findbench.harness.interpreters.scientist import Scientist
from findbench.harness.interpreters.scientist.strings import interpret
from findbench.harness.interpreters.scientist.strings_search import (
    SETTINGS,
    Program,
    consistent,
    programs_for,
    surviving,
    tell_apart,
)
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote
from findbench.harness.scoring.scorer import score_episode

Named = tuple[str, dict[str, Any]]


def build(*steps: Named) -> StringsFunction:
    spec = StringsSpec(steps=tuple(Step(operation=name, parameters=parameters) for name, parameters in steps))
    return StringsFunction("strings/0000", spec)


def program(*steps: Named) -> Program:
    """The program of these steps, made of the objects of `SETTINGS`."""
    wanted = build(*steps).spec.steps
    return Program(tuple(next(s for s in SETTINGS if s.step == step) for step in wanted))


def brief(budget: int = 1000) -> Brief:
    return Brief(category="strings", input_kind="text", output_kind="text", budget=budget, seed=5)


def studied(answer: Callable[[str], str], budget: int = 1000) -> tuple[Interpretation, AnsweringLab]:
    lab = AnsweringLab(lambda inputs: [answer(x) for x in inputs], budget=budget)
    return interpret(lab, brief(budget)), lab


def predictor(interpretation: Interpretation) -> Callable[[str], str]:
    """The submitted `predict`. The code is derived from the registry on this side, so it may run here."""
    names: dict[str, Any] = {}
    exec(interpretation.code, names)
    predict: Callable[[str], str] = names["predict"]
    return predict


def wrong(function: StringsFunction, interpretation: Interpretation) -> list[str]:
    """The held-out inputs, global and local, on which the submission is wrong."""
    predict, random = predictor(interpretation), Random(99)
    drawn = stratified(random, function.spec, 200) + in_branches(random, function.spec, 40)
    return [x for x in drawn if predict(x) != function.target([x])[0]]


@pytest.mark.parametrize(
    "steps",
    [
        [("rotate", {"k": 3})],
        [("swap_places", {"i": 2, "j": 5}), ("replace_letter", {"old": "t", "new": "#"})],
    ],
)
def test_a_function_of_the_grammar_passes_in_a_real_lab(steps: list[Named]) -> None:
    function = build(*steps)
    with NotedLab(function, budget=1000, seed=3) as lab:
        interpretation = Scientist().interpret(lab, brief())
        assert lab.queries <= 1000
        note = lab.notes[-1]
        assert isinstance(note, HypothesisNote)
        assert note.figures["settled"]
    score = score_episode(function, interpretation, seed=3, open_runner=CodeRunner)
    assert score.pass_, (interpretation, score)
    assert interpretation.description.startswith(function.description)


def test_programs_drawn_at_random_are_found() -> None:
    random = Random(20)
    for _ in range(3):
        drawn = [random.choice(SETTINGS).step for _ in range(2)]
        function = StringsFunction("strings/0000", StringsSpec(steps=tuple(drawn)))
        interpretation, _ = studied(runner(function.spec))
        assert not wrong(function, interpretation), function.description


def test_a_case_that_is_rarely_met_is_found() -> None:
    """Nothing but spaces at the ends tells these from the first step alone."""
    function = build(("lower", {}), ("strip_spaces", {}))
    interpretation, _ = studied(runner(function.spec))
    assert not wrong(function, interpretation)
    assert "Remove the spaces at both ends" in interpretation.description


def test_when_the_order_of_the_steps_makes_no_difference_it_says_so() -> None:
    remark = "The order of the two steps makes no difference."
    interpretation, _ = studied(runner(build(("remove_digits", {}), ("swap_case", {})).spec))
    assert interpretation.description.endswith(remark)
    interpretation, _ = studied(runner(build(("remove_digits", {}), ("append_length", {})).spec))
    assert remark not in interpretation.description


def test_one_step_is_preferred_to_two_that_do_the_same() -> None:
    interpretation, _ = studied(lambda x: x[::-1])
    assert interpretation.description == build(("reverse", {})).description


def test_with_a_small_budget_it_answers_and_does_not_feign_certainty() -> None:
    function = build(("count_letter", {"part": "r"}))
    interpretation, lab = studied(runner(function.spec), budget=3)
    assert len(lab.asked) == 3
    assert "that the 3 inputs tried leave open" in interpretation.description
    predict = predictor(interpretation)
    assert all(predict(x) == function.target([x])[0] for x in lab.asked)
    interpretation, _ = studied(runner(function.spec), budget=150)
    assert interpretation.description == function.description
    assert studied(runner(function.spec), budget=0)[0] == Interpretation(description="Nothing was observed.")


def test_equal_seeds_ask_the_same_questions() -> None:
    run = runner(build(("upper_every", {"n": 3}), ("rotate", {"k": 2})).spec)
    assert studied(run)[1].asked == studied(run)[1].asked


def test_a_function_beside_the_grammar_gets_the_best_approximation_with_its_share() -> None:
    interpretation, lab = studied(lambda x: "th!" if "th" in x else x.upper())
    assert interpretation.description.startswith("Convert the string to upper case. This is approximate: it holds for ")
    assert f"of the {len(lab.asked)} inputs" in interpretation.description
    assert predictor(interpretation)("cat") == "CAT"


def test_a_function_far_from_the_grammar_gets_a_table_that_says_so() -> None:
    interpretation, lab = studied(lambda x: str(sum(map(ord, x)) ** 100))
    assert interpretation.description.startswith("No composition of known string operations")
    assert len(interpretation.code) < 100_000
    assert predictor(interpretation)(lab.asked[0]) == str(sum(map(ord, lab.asked[0])) ** 100)


@pytest.mark.parametrize(
    "stdout",
    [
        "",
        "nonsense",
        "{}\n",
        "null\n" * 9,
        "1\n" * 200,
        "[" * 5000,
        '["a", "b"]\n',
        '"' + "a" * 5000 + '"\n',
        '"\\ud8"',
    ],
)
def test_a_lab_that_prints_anything_else_does_no_harm(stdout: str) -> None:
    assert interpret(FakeLab(stdout), brief()) == Interpretation(description="Nothing was observed.")


def test_an_answer_that_changes_ends_the_search_and_not_the_episode() -> None:
    asked = iter(range(10_000))
    interpretation, _ = studied(lambda x: x.upper() if next(asked) < 200 else x + "?")
    assert "This is approximate" in interpretation.description


def test_enumeration_is_complete_for_one_input() -> None:
    x, y = "Tea 4", "4"
    expected = {s.step.model_dump_json() for s in SETTINGS if s.run(x) == y}
    found = programs_for(x, y)
    assert {p.spec.steps[0].model_dump_json() for p in found if len(p.settings) == 1} == expected
    random = Random(3)
    settings = {p.settings for p in found}
    for pair in [(random.choice(SETTINGS), random.choice(SETTINGS)) for _ in range(2000)] + [f.settings for f in found]:
        assert (Program(pair)(x) == y) == (pair in settings)


def test_the_settings_are_those_of_the_registry() -> None:
    assert len(SETTINGS) == sum(len(list(operation.settings())) for operation in OPERATIONS.values())


def test_survivors_agree_with_every_pair() -> None:
    right = program(("keep_first", {"n": 4}), ("upper", {}))
    pairs = [(x, right(x)) for x in ("banjo", "a b", "Teas", "")]
    assert surviving(programs_for(*pairs[0]), pairs[1:]) == [
        p for p in programs_for(*pairs[0]) if all(p(x) == y for x, y in pairs)
    ]
    assert right in consistent(pairs)


def test_the_likeliest_program_comes_first() -> None:
    found = consistent([("banjo", "ojnab")])
    assert found[0] == program(("reverse", {}))
    assert [p.weight for p in found] == sorted((p.weight for p in found), reverse=True)


def test_inputs_tell_programs_apart_and_none_is_found_for_equal_ones() -> None:
    programs = [
        program(("replace_vowels", {"symbol": "o"})),
        program(("replace_vowels", {"symbol": "x"})),
        program(("remove_part", {"old": "th"})),
        program(("remove_part", {"old": "ing"})),
    ]
    chosen = tell_apart(programs, Random(1), 4)
    assert len({tuple(p(x) for x in chosen) for p in programs}) == len(programs)
    equal = program(("reverse", {}), ("upper", {}))
    assert tell_apart([equal, equal.reversed()], Random(1), 4) == []
    assert tell_apart([equal], Random(1), 4) == []
