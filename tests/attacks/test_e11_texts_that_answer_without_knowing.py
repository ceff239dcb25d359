"""E11: texts that get a description's score without any understanding: generic answers to a judge's questions, the
negated truth, a salad of its words, a hedge over hypotheses.

No score compares words. A judge asks a language model what follows from a text; the model is played here, by answers
that need no knowledge of the function.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import numpy as np
import pytest

from findbench.attacks.arena import SCORED, Arena
from findbench.attacks.played import Choose, Player, chooser
from findbench.functions.base import Function, input_key
from findbench.functions.suites.builtin import load_suite
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.score import Score
from findbench.harness.scoring.judges import prediction, unit_test
from findbench.harness.scoring.judges.constants import chosen_right
from findbench.harness.scoring.judges.prediction import PredictionJudge
from findbench.harness.scoring.judges.unit_test import UnitTestJudge
from findbench.harness.scoring.scorer import score_episode

CATEGORIES = ("numeric", "strings", "entities", "relations")
SUITE = {category: [f for f in load_suite("mini").values() if f.category == category][:14] for category in CATEGORIES}
TEXT = "It does what it does."
WORTHLESS = 0.1
"""What such texts may get on average over functions: chance is never exactly zero."""


def _number(option: str) -> float:
    try:
        return float(option)
    except ValueError:
        return float(len(option))


def votes(given: Any, options: list[str]) -> dict[str, float]:
    """Option -> how many of the judge's own rules choose it: a selection that only shuns the rules marks the truth."""
    return {
        option: sum(chosen_right(str(given), [option, *(other for other in options if other != option)]))
        for option in options
    }


def likeness(option: str, options: list[str]) -> float:
    return sum(SequenceMatcher(None, option, other).ratio() for other in options if other != option)


CHOICES: dict[str, Choose] = {
    "A, whatever stands there": lambda _, options: options[0],
    "the largest": lambda _, options: max(options, key=_number),
    "the smallest": lambda _, options: min(options, key=_number),
    "the one between": lambda _, options: sorted(options, key=_number)[1],
    "always 0": lambda _, options: min(options, key=lambda option: abs(_number(option))),
    "always undefined": lambda _, options: "undefined" if "undefined" in options else options[0],
    "never undefined": lambda _, options: next(option for option in options if option != "undefined"),
    "the longest": lambda _, options: max(options, key=len),
    "with most letters of the input": lambda given, options: max(
        options, key=lambda option: len(set(option) & set(str(given)))
    ),
    "with most capitals": lambda _, options: max(options, key=lambda option: sum(map(str.isupper, option))),
    "with the fewest digits after the point": lambda _, options: min(options, key=lambda o: len(o.split(".")[-1])),
    "what the fewest such rules choose": lambda given, options: min(options, key=votes(given, options).__getitem__),
    "what most such rules choose": lambda given, options: max(options, key=votes(given, options).__getitem__),
    "the most like the others": lambda _, options: max(options, key=lambda option: likeness(option, options)),
    "the least like the others": lambda _, options: min(options, key=lambda option: likeness(option, options)),
}
"""What a reader chooses who knows nothing of the function: (input, options) -> the option."""
ANSWERS: dict[str, Callable[[Function, int], list[Any]]] = {
    "always 0": lambda _, n: [0.0] * n,
    "always undefined": lambda _, n: ["undefined"] * n,
    "always the mean": lambda f, n: [float(np.mean(np.asarray(f.target(f.asked(np.random.default_rng(0))))))] * n,
    "the input itself": lambda f, n: list(input_key(prediction.asked_inputs(f, 1)))[:n],
}
NUMBERS_ONLY = {"always the mean"}


@pytest.fixture(autouse=True, scope="module")
def _asked_once() -> Iterator[None]:
    """Every choice is tried on the same questions, which take a while to be found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_test, "questions", cache(unit_test.questions))
        yield


def mean_choice(category: str, choose: Choose) -> float:
    judge = UnitTestJudge(chooser(choose))
    shares = [judge.score(function, TEXT, seed=1) for function in SUITE[category]]
    return float(np.mean([share for share in shares if share is not None]))


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_without_knowledge_is_worth_nothing(category: str, choice: str) -> None:
    assert mean_choice(category, CHOICES[choice]) <= WORTHLESS


@pytest.mark.parametrize("category", CATEGORIES)
def test_control_who_knows_the_function_gets_everything(category: str) -> None:
    for function in SUITE[category]:
        truths = {question.input: question.options[0] for question in unit_test.questions(function, 1)}
        share = UnitTestJudge(chooser(lambda x, _, truths=truths: truths[x])).score(function, TEXT, seed=1)  # type: ignore[misc]
        assert share in (1.0, None)


def test_choices_without_knowledge_are_worth_something_where_nothing_is_taken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The teeth: the defect put back."""
    monkeypatch.setattr(unit_test, "floor_of", lambda _: 0.0)
    assert max(mean_choice("entities", choose) for choose in CHOICES.values()) > 0.4


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("answer", ANSWERS)
def test_one_answer_to_everything_predicts_nothing(category: str, answer: str) -> None:
    shares = []
    for function in SUITE[category]:
        if answer in NUMBERS_ONLY and function.output_kind != "number":
            continue
        given = ANSWERS[answer](function, len(prediction.asked_inputs(function, 1)))
        reply = json.dumps({"outputs": given})
        shares.append(PredictionJudge(Player(lambda _, reply=reply: reply)).score(function, TEXT, seed=1))  # type: ignore[misc]
    assert float(np.mean([share for share in shares if share is not None] or [0.0])) <= WORTHLESS


def test_one_answer_predicts_something_where_nothing_is_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The teeth: the defect put back."""
    monkeypatch.setattr(prediction, "best_answer", lambda _, targets: np.zeros(len(targets), dtype=bool))
    shares = []
    for function in SUITE["entities"]:
        reply = json.dumps({"outputs": [0.0] * len(prediction.asked_inputs(function, 1))})
        shares.append(PredictionJudge(Player(lambda _, reply=reply: reply)).score(function, TEXT, seed=1))  # type: ignore[misc]
    assert float(np.mean([share for share in shares if share is not None])) > WORTHLESS


# -- texts about the truth

TRUTH = SCORED.description
SALAD = " ".join(sorted(TRUTH.split()))
TEXTS = {
    "the negated truth": f"It is false that: {TRUTH}",
    "a salad of the truth's words": SALAD,
    "a hedge": f"Either {TRUTH}, or a sine wave, or a constant, or a step.",
    "the truth itself, and no code": TRUTH,
}


@pytest.mark.parametrize("text", TEXTS)
def test_no_figure_comes_from_the_words_of_a_text(arena: Arena, text: str) -> None:
    """Whatever stands in it: without code every figure is that of an empty submission but for the text's length."""
    said = score(arena, TEXTS[text])
    silent = score(arena, "")
    assert said.model_copy(update={"description_length": 0}) == silent
    assert not said.pass_


@pytest.mark.parametrize("text", TEXTS)
def test_a_judge_gets_a_text_whole_and_nothing_of_the_truth_beside_it(text: str) -> None:
    """So that the model can see the negation or the hedge; which three outputs it chooses among says no more."""
    player = Player(lambda _: "")
    assert UnitTestJudge(player).score(SCORED, TEXTS[text], seed=1) == 0.0
    shown = " ".join(TEXTS[text].split())
    for prompt in player.prompts:
        assert shown in " ".join(prompt.split())
        assert "linear" not in prompt.replace(shown, "")


def score(arena: Arena, text: str) -> Score:
    return score_episode(SCORED, Interpretation(description=text), seed=1, open_runner=arena.judge)
