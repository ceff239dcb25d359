"""The prediction judge: a model that has not seen the function predicts its outputs from the description alone.

After BoxingGym (2501.01540), where an explanation is worth what a novice can predict with it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from findbench.functions.base import Function, Inputs, input_key
from findbench.functions.held_out import draw
from findbench.functions.kinds import KINDS
from findbench.harness.scoring.judges.chat import ModelJudge, shown_description, without_fence_end
from findbench.harness.scoring.judges.constants import above, best_answer
from findbench.harness.scoring.judges.verdict import Verdict
from findbench.harness.seeds import derive

INPUTS = 10
"""Held-out inputs a function, half of them local ones where there are."""
_PROMPT = Template((Path(__file__).parent / "prediction.txt").read_text())
_BEGIN = re.compile(r'\{\s*"outputs"\s*:')
"""How the answer begins. It stands in no output: a quote inside a JSON string has a backslash before it."""


class PredictionJudge(ModelJudge):
    """Asks once for all inputs; the share predicted right, as the score of submitted code takes them, above what one
    answer to all of them gets right."""

    name = "prediction"

    def examine(self, function: Function, description: str, *, seed: int) -> Verdict:
        """Inputs derive from seed and function, not from the description. A reply without a list is all wrong."""
        shown = shown_description(description)
        if not shown:
            return Verdict(0.0)
        inputs = asked_inputs(function, seed)
        targets = function.target(inputs)
        floor = float(np.mean(best_answer(function, targets)))
        if floor == 1.0:  # as for a constant: nothing that is asked tells knowledge from a guess
            return Verdict(None)
        lines = "\n".join(f"{i}. {json.dumps(x, ensure_ascii=False)}" for i, x in enumerate(input_key(inputs), 1))
        content = _PROMPT.substitute(
            description=shown,
            inputs=lines,
            count=len(inputs),
            kind=KINDS[function.output_kind].several,
        )
        reply = self._client.chat([{"role": "user", "content": content}], temperature=0.0)
        outputs = parse_outputs(reply.text, len(inputs))
        if outputs is None:
            return Verdict(0.0, asked=len(inputs), unanswered=1.0)
        right = float(np.mean(function.is_correct(targets, outputs)))
        return Verdict(above(right, floor), asked=len(inputs))


def asked_inputs(function: Function, seed: int) -> Inputs:
    """INPUTS different held-out inputs, shuffled: up to half of them out of the local regions, in turn; at most half,
    where there are others, with the answer that most inputs have."""
    rng = np.random.default_rng([derive("prediction", seed, function.fingerprint())])
    *regions, everywhere = map(input_key, draw(function, function.asked(rng), rng).parts)
    local = [part[i] for i in range(INPUTS) for part in regions if i < len(part)][: INPUTS // 2]
    drawn = list(dict.fromkeys([*local, *everywhere]))
    usual = best_answer(function, function.target(KINDS[function.input_kind].batch(drawn)))
    spare = set(np.flatnonzero(usual)[INPUTS // 2 :].tolist())
    chosen = [drawn[i] for i in sorted(range(len(drawn)), key=lambda i: i in spare)][:INPUTS]
    mixed = [chosen[i] for i in rng.permutation(len(chosen))]
    return KINDS[function.input_kind].batch(mixed)


def parse_outputs(reply: str, count: int) -> list[Any] | None:
    """The list in the JSON that ends the reply; None unless it has `count` entries."""
    text = without_fence_end(reply)
    begins = [found.start() for found in _BEGIN.finditer(text)]
    try:
        outputs = json.loads(text[begins[-1] :])["outputs"] if begins else None
    except (ValueError, RecursionError):
        return None
    return outputs if isinstance(outputs, list) and len(outputs) == count else None
