"""The unit-test judge: a language model chooses outputs by the description alone; distractors are mutants' outputs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Literal, get_args

import numpy as np

from findbench.functions.base import Function, input_key
from findbench.functions.held_out import draw
from findbench.functions.kinds import KINDS
from findbench.harness.scoring.judges.chat import ModelJudge, shown_description, without_fence_end
from findbench.harness.scoring.judges.verdict import Verdict
from findbench.harness.seeds import derive

QUESTIONS = 10
"""Three-way choices a function (FIND, section 4: unit tests of descriptions)."""
MUTANTS = 8
POOL = 64
"""Held-out inputs of each part among which those are found where mutants differ."""
Choice = Literal["A", "B", "C"]
_PROMPT = Template((Path(__file__).parent / "unit_test.txt").read_text())
_ANSWER = re.compile(r'\{\s*"choice"\s*:\s*"([ABC])"\s*\}')


@dataclass(frozen=True)
class Question:
    """One input and three different outputs, the true one first."""

    input: float | str
    options: tuple[str, str, str]


class UnitTestJudge(ModelJudge):
    """Asks every question twice, with the options in two orders that put the truth in different places."""

    name = "unit_test"

    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """Ask all questions. Questions and orders derive from seed and function, not from the description."""
        shown = shown_description(description)
        asked = questions(function, seed)
        if not shown or not asked:
            return Verdict(0.0)
        rng = np.random.default_rng([derive("orders", seed, function.fingerprint())])
        right = steady = unanswered = 0
        for question in asked:
            order = rng.permutation(3)
            picked = [self._ask(shown, question, [int(i) for i in turn]) for turn in (order, np.roll(order, 1))]
            right += picked.count(0)
            steady += picked[0] is not None and picked[0] == picked[1]
            unanswered += picked.count(None)
        replies = 2 * len(asked)
        return Verdict(right / replies, asked=len(asked), steady=steady / len(asked), unanswered=unanswered / replies)

    def _ask(self, description: str, question: Question, order: list[int]) -> int | None:
        """Which option the model chose, by its place in `question.options`; None without a well-formed answer."""
        a, b, c = (json.dumps(question.options[i], ensure_ascii=False) for i in order)
        shown = json.dumps(question.input, ensure_ascii=False)
        content = _PROMPT.substitute(description=description, input=shown, a=a, b=b, c=c)
        reply = self._client.chat([{"role": "user", "content": content}], temperature=0.0)
        choice = parse_choice(reply.text)
        return None if choice is None else order[get_args(Choice).index(choice)]


def parse_choice(reply: str) -> Choice | None:
    """The choice in the JSON that ends the reply; None when it does not end so."""
    text = without_fence_end(reply)
    found = _ANSWER.fullmatch(text, max(0, text.rfind("{")))
    return found[1] if found else None  # type: ignore[return-value]  # the pattern admits the three letters only


def questions(function: Function, seed: int) -> list[Question]:
    """Up to QUESTIONS inputs where two mutants differ from the truth and from each other, local ones first."""
    rng = np.random.default_rng([derive("unit test", seed, function.fingerprint())])
    mutants = function.mutants(rng, MUTANTS)
    parts = [part[:POOL] for part in draw(function, function.asked(rng), rng).parts]
    found: dict[float | str, Question] = {}
    for part, share in zip(parts, [QUESTIONS // 2] * (len(parts) - 1) + [QUESTIONS], strict=True):
        room = min(QUESTIONS, len(found) + share)
        truths = function.target(part)
        wrong = [mutant.target(part) for mutant in mutants]
        for i, x in enumerate(input_key(part)):
            if len(found) >= room:
                break
            distractors: list[Any] = []
            for j in rng.permutation(len(wrong)):
                value = wrong[j][i]
                if all(_differ(function, value, other) for other in (truths[i], *distractors)):
                    distractors.append(value)
            if len(distractors) >= 2 and x not in found:
                found[x] = Question(x, (_shown(truths[i]), _shown(distractors[0]), _shown(distractors[1])))
    return list(found.values())


def _differ(function: Function, value: Any, other: Any) -> bool:
    kind = KINDS[function.output_kind]
    targets = kind.batch([other])
    if kind.exact:
        return not function.is_correct(targets, [value])[0]
    return bool((kind.errors(targets, kind.batch([value])) > function.tolerance(targets))[0])


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return f"[{', '.join(_shown(each) for each in value)}]"
    return f"{float(value):.6g}"
