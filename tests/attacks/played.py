"""A language model that judges descriptions, played by a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from findbench.harness.model.replies import Reply

Choose = Callable[[Any, list[str]], str]
"""(input, options) -> the option."""


class Player:
    """A client whose model answers by a rule, and what it was sent."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self._answer = answer
        self.prompts: list[str] = []

    def chat(self, messages: Any, *, temperature: float | None = None, seed: int | None = None) -> Reply:
        self.prompts.append(messages[0]["content"])
        return Reply(text=self._answer(self.prompts[-1]))


def read_question(prompt: str) -> tuple[Any, list[str]]:
    """The input and the options of a question of a unit test."""
    (given,) = re.findall(r"^Input: (.*)$", prompt, re.MULTILINE)
    return json.loads(given), [json.loads(option) for option in re.findall(r"^[ABC]: (.*)$", prompt, re.MULTILINE)]


def chooser(choose: Choose) -> Player:
    """A model that chooses an option of every question of a unit test."""

    def answer(prompt: str) -> str:
        given, options = read_question(prompt)
        return json.dumps({"choice": "ABC"[options.index(choose(given, options))]})

    return Player(answer)
