"""The unit-test judge: a language model chooses outputs by the description alone, out of the truth and near misses."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from findbench.functions.base import FloatArray, Function, Inputs, Interval, input_key
from findbench.functions.held_out import draw
from findbench.functions.kinds import KINDS
from findbench.harness.scoring.judges.chat import ModelJudge, shown_description, without_fence_end
from findbench.harness.scoring.judges.constants import CHOICES, above, chosen_right
from findbench.harness.scoring.judges.verdict import Verdict
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.scoring.judges.chat import Chat

QUESTIONS = 10
"""Three-way choices a function (FIND, section 4: unit tests of descriptions)."""
MUTANTS = 8
NEAR = 6
"""Near misses of one truth among which the two are chosen that are asked."""
POOL = 32
"""Held-out inputs of each part among which those are found where mutants differ."""
FAR = 30
"""Tolerances between outputs that count as the same answer of code, such as two activations of an active word."""
DIGIT = 3
"""Steps in a tolerance, at least: numbers are shown to the decimal that is that fine."""
KEPT = 64
"""Functions whose questions are kept: a calibration asks them of several texts, and they take a while to be found."""
Choice = Literal["A", "B", "C"]
_PROMPT = Template((Path(__file__).parent / "unit_test.txt").read_text())
_ANSWER = re.compile(r'\{\s*"choice"\s*:\s*"([ABC])"\s*\}')


@dataclass(frozen=True)
class Question:
    """One input and three different outputs, the true one first."""

    input: float | str
    options: tuple[str, str, str]

    @cached_property
    def right(self) -> FloatArray:
        """How right each of `constants.CHOICES` is, 0 to 1: float64 of shape (n,)."""
        return np.array(chosen_right(str(self.input), self.options))


class UnitTestJudge(ModelJudge):
    """Asks every question twice, with the options in two orders that put the truth in different places.

    The share chosen right, above what the best choice without knowledge gets right.
    """

    name = "unit_test"

    def __init__(self, client: Chat) -> None:
        super().__init__(client)
        self._questions = lru_cache(maxsize=KEPT)(questions)

    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """Ask all questions. Questions and orders derive from seed and function, not from the description."""
        shown = shown_description(description)
        asked = self._questions(function, seed)
        floor = floor_of(asked) if asked else 1.0
        if floor == 1.0:
            return Verdict(None)
        if not shown:
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
        share = above(right / replies, floor)
        return Verdict(share, asked=len(asked), steady=steady / len(asked), unanswered=unanswered / replies)

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
    """Up to QUESTIONS inputs whose truth has two near misses that differ from it and from each other.

    Half of them in the regions that decide, corrupted ones too, where there are. Near misses are what mutants give
    there, what the function would give without its regions and, for numbers, shifted ones. Of several, those are asked
    with which each choice without knowledge (`constants.CHOICES`) has been right as often as blind choice: neither
    oftener, nor more seldom, for then the truth would be what no such choice prefers.
    """
    rng = np.random.default_rng([derive("unit test", seed, function.fingerprint())])
    others = [*function.mutants(rng, MUTANTS), function.ideal()]
    *regions, everywhere = (part[:POOL] for part in draw(function, function.asked(rng), rng).parts)
    share = -(-(QUESTIONS // 2) // max(1, len(regions)))
    found: dict[float | str, Question] = {}
    right = np.zeros(len(CHOICES))
    for part, room in [*((region, share) for region in regions), (everywhere, QUESTIONS)]:
        offered = _offered(function, part, others, rng)
        for _ in range(min(room, QUESTIONS - len(found))):
            offered = {x: each for x, each in offered.items() if x not in found}
            if not offered:
                break
            _, x, place = min(
                (float(np.sum((right + each.right - (len(found) + 1) / 3) ** 2)), x, place)
                for x, several in offered.items()
                for place, each in enumerate(several)
            )
            found[x] = offered[x][place]
            right += found[x].right
    return list(found.values())


def _offered(
    function: Function, part: Inputs, others: Sequence[Function], rng: np.random.Generator
) -> dict[float | str, list[Question]]:
    """Input -> the questions that could be asked about it, for each input with any."""
    truths = function.target(part)
    given = [other.target(part) for other in others]
    bounds = (0.0, 0.0)
    if function.output_kind == "number":
        everything = np.concatenate([np.asarray(values, dtype=np.float64) for values in (truths, *given)])
        bounds = (float(everything.min()), float(everything.max()))
    offered: dict[float | str, list[Question]] = {}
    for i, x in enumerate(input_key(part)):
        misses = _near_misses(function, truths[i], [values[i] for values in given], bounds, rng)
        step = 0.0 if KINDS[function.output_kind].exact else _tolerance(function, truths[i]) / DIGIT
        truth, *shown = (_shown(value, step) for value in (truths[i], *misses))
        if len(shown) > 1:
            offered[x] = [Question(x, (truth, a, b)) for a, b in combinations(shown, 2)]
    return offered


def _near_misses(
    function: Function, truth: Any, values: Sequence[Any], bounds: Interval, rng: np.random.Generator
) -> list[Any]:
    """Up to NEAR of the values, in random order, which differ from the truth and from each other.

    Numbers get shifted ones beside them, within the bounds of what the function gives: others could be told at sight.
    """
    if function.output_kind == "number":
        step = _tolerance(function, truth)
        shifted = truth + step * rng.uniform(3, 15, 6) * (-1, -1, -1, 1, 1, 1)
        if function.is_correct(KINDS["number"].batch([truth]), [float(truth + 2 * step)])[0]:
            shifted = rng.uniform(*bounds, 6)  # what is only roughly right leaves no near miss: anything it may give
        values = [*values, *(value for value in shifted if bounds[0] <= value <= bounds[1])]
    values = [values[i] for i in rng.permutation(len(values))]
    found: list[Any] = []
    for value in values:
        if len(found) < NEAR and all(_differ(function, value, other) for other in (truth, *found)):
            found.append(value)
    return found


def floor_of(asked: Sequence[Question]) -> float:
    """What the best choice without knowledge gets right, over all questions (at least one)."""
    return float(max(np.sum([question.right for question in asked], axis=0)) / len(asked))


def _tolerance(function: Function, truth: Any) -> float:
    return float(function.tolerance(KINDS[function.output_kind].batch([truth]))[0])


def _differ(function: Function, value: Any, other: Any) -> bool:
    kind = KINDS[function.output_kind]
    targets, values = kind.batch([other]), kind.batch([value])
    is_right = bool(function.is_correct(targets, values)[0])
    if kind.exact:
        return not is_right
    apart = kind.errors(targets, values)[0] / function.tolerance(targets)[0]
    return bool(apart > (FAR if is_right else 1))  # code would not be failed for it, so a description may not say it


def _shown(value: Any, step: float) -> str:
    """A text as it is; numbers with as many decimals as a step of that size needs: more would tell who was rounded."""
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return f"[{', '.join(_shown(each, step) for each in value)}]"
    decimals = min(15, max(0, math.ceil(-math.log10(step)))) if step > 0 else 15
    return f"{float(value):.{decimals}f}"
