"""Asking about texts: an experiment prints one line of JSON an answer. What a lab prints is read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from findbench.harness.interpreters import LabLike

BATCH = 100
"""Inputs of one experiment: their answers fit into what comes back of its stdout by default."""
LONGEST = 1000
"""Characters of a line that is read; no answer of the grammar is nearly as long."""

Answer = TypeVar("Answer", float, str)


def ask_for_texts(lab: LabLike, inputs: Sequence[str]) -> list[str]:
    """The texts that `f` answers, in order; shorter when the budget ends or an answer is not a text."""
    return _ask(lab, inputs, lambda answer: answer if isinstance(answer, str) else None)


def ask_for_activations(lab: LabLike, inputs: Sequence[str]) -> list[float]:
    """The numbers from 0 to 1 that `f` answers, in order; shorter when the budget ends or an answer is none."""
    return _ask(lab, inputs, lambda answer: answer if isinstance(answer, float) and 0 <= answer <= 1 else None)


def _ask(lab: LabLike, inputs: Sequence[str], accept: Callable[[object], Answer | None]) -> list[Answer]:
    answers: list[Answer] = []
    while len(answers) < len(inputs) and lab.remaining > 0:
        batch = list(inputs[len(answers) :][: min(BATCH, lab.remaining)])
        result = lab.run(f"import json\nfor _answer in f({batch!a}):\n    print(json.dumps(_answer))\n")
        found = _read(result.stdout, accept)[: len(batch)] if result.status == "ok" else []
        if not found:
            break
        answers += found  # when stdout was cut, the rest of the batch is asked for again
    return answers


def _read(stdout: str, accept: Callable[[object], Answer | None]) -> list[Answer]:
    """The answers up to the first line that is none."""
    answers: list[Answer] = []
    for line in stdout.split("\n"):
        try:
            answer = accept(json.loads(line)) if len(line) <= LONGEST else None
        except (ValueError, RecursionError):
            break
        if answer is None:
            break
        answers.append(answer)
    return answers
