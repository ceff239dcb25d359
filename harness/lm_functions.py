"""Entities and relations that a language model stands for, as in FIND: cached on disk, so that a function stays one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from findbench.harness.errors import ModelError

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.harness.model.cache import ChatCache
    from findbench.harness.model.replies import Reply

PROMPTS = Path(__file__).with_name("lm_prompts")
DECIMALS = 4
"""Decimals of an activation, as in FIND."""
TOP = 20
"""Alternatives of the first token that are asked for; "0" and "1" are among them if the model understood at all."""
MAX_ANSWER_TOKENS = 24
"""Length of an answer: a name or a few words."""
MAX_ANSWER = 500
"""Characters of an answer, whatever the server sends."""
UNDEFINED = "undefined"
"""The output where a relation holds for nothing."""


def _prompt(name: str) -> Template:
    return Template((PROMPTS / f"{name}.txt").read_text(encoding="utf-8").strip())


class LmEntities:
    """Activation of a concept by P("1") / (P("0") + P("1")) of the first token, temperature 0."""

    def __init__(self, cache: ChatCache) -> None:
        self._cache = cache
        self._template = _prompt("entity")

    def __call__(self, concepts: Sequence[str], inputs: Sequence[str]) -> FloatArray:
        """Activation of each input, shape (n,), 0 to 1: the largest over the concepts. Raises ModelError."""
        return np.array([max(self._one(concept, item) for concept in concepts) for item in inputs], dtype=np.float64)

    def _one(self, concept: str, item: str) -> float:
        content = self._template.substitute(concept=concept, input=item)
        message = {"role": "user", "content": content}
        return activation(self._cache.chat([message], temperature=0.0, max_tokens=1, seed=0, top_logprobs=TOP))


def activation(reply: Reply) -> float:
    """P("1") / (P("0") + P("1")) from the alternatives of the first token, 4 decimals; 0 when it is neither.

    Raises ModelError when the server gave no log-probabilities.
    """
    if not reply.top_logprobs:
        raise ModelError("the server gives no log-probabilities, which an entity by a language model needs")
    mass = {"0": 0.0, "1": 0.0}
    for token, logprob in reply.top_logprobs:
        if token.strip() in mass:  # " 1" and "1" are different tokens and the same answer
            mass[token.strip()] += math.exp(min(logprob, 0.0))
    total = mass["0"] + mass["1"]
    return round(mass["1"] / total, DECIMALS) if total else 0.0


class LmRelations:
    """A relation by what the model answers, temperature 0: the first line without quotes and full stop around it."""

    def __init__(self, cache: ChatCache) -> None:
        self._cache = cache
        self._template = _prompt("relation")

    def __call__(self, relation: str, inputs: Sequence[str]) -> list[str]:
        """The output for each input; `undefined` where the model says so or gives no answer. Raises ModelError."""
        return [self._one(relation, item) for item in inputs]

    def _one(self, relation: str, item: str) -> str:
        message = {"role": "user", "content": self._template.substitute(relation=relation, input=item)}
        reply = self._cache.chat([message], temperature=0.0, max_tokens=MAX_ANSWER_TOKENS, seed=0)
        lines = reply.text.strip()[:MAX_ANSWER].splitlines()
        answer = lines[0].strip(" \t.\"'`") if lines else ""
        return UNDEFINED if not answer or answer.lower() == UNDEFINED else answer
