"""The score of one interpretation: held-out inputs, the submitted code in fresh labs, comparison on the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from findbench.functions.base import Function, Inputs, input_key
from findbench.harness.lab import CodeRunner
from findbench.harness.schema import Interpretation, Score, Value
from findbench.harness.scoring import numeric, text
from findbench.harness.scoring.judges import retrieval_judge
from findbench.harness.scoring.ranking import auc
from findbench.harness.seeds import derive

PASS_SHARE = 0.95
"""For numbers; texts must all be right."""
GLOBAL_INPUTS = 256
LOCAL_INPUTS = 64
SPOT_INPUTS = 48
"""Inputs that are evaluated a second time, in a second process and another order."""
EVALUATION_SECONDS = 20.0
"""Time for all held-out inputs of a function together."""
MAX_CODE = 100_000
"""Characters of submitted code; a longer one is a table, not an explanation, and is not run."""
MAX_DESCRIPTION = 4_000
"""Characters of a description that count; what is over is reported by its length."""

MakeLab = Callable[[], AbstractContextManager[CodeRunner]]


def score_episode(
    function: Function,
    interpretation: Interpretation,
    *,
    seed: int,
    make_lab: MakeLab,
    queried: Sequence[Value] = (),
) -> Score:
    """Score one interpretation of one function.

    `make_lab` gives a fresh code runner. Raises InfrastructureError when the sandbox broke: that is never a
    score. A missing, late, non-finite or wrong-typed answer is wrong.
    """
    submitted = retrieval_judge().score(function, interpretation.description, seed=seed)
    rng = np.random.default_rng([derive("order", seed, function.fingerprint())])
    parts = held_out(function, seed)
    overlap = _overlap(parts, queried)
    sizes = {
        "description": submitted,
        "description_length": len(interpretation.description),
        "code_length": len(interpretation.code),
        "overlap": overlap,
    }
    code = interpretation.code
    flags = ["description_too_long"] if len(interpretation.description) > MAX_DESCRIPTION else []
    if not code.strip() or len(code) > MAX_CODE:
        flags.append("no_code" if not code.strip() else "too_long")
        return _numbers(function, parts, {name: [None] * len(x) for name, x in parts.items()}, flags, None, sizes)
    predictions, problems, error = _predict(code, parts, rng, make_lab)
    return _numbers(function, parts, predictions, flags + problems, error, sizes)


def pass_share(function: Function) -> float:
    """Share of inputs that must be right, globally and in every local region: 0.95, or all of them for texts."""
    return PASS_SHARE if function.output_kind == "number" else 1.0


def held_out(function: Function, seed: int) -> dict[str, Inputs]:
    """Every set of inputs that is asked for: `global`, `local: <region>` each, and FIND's public grid as `find`.

    Drawn from the episode's seed and the function's fingerprint together: a guessed seed gives nothing away.
    """
    rng = np.random.default_rng([derive("held-out", seed, function.fingerprint())])
    parts: dict[str, Inputs] = {"global": function.held_out(rng, GLOBAL_INPUTS)}
    for name, inputs in function.local_regions(rng, LOCAL_INPUTS).items():
        parts[f"local: {name}"] = inputs
        if isinstance(inputs, np.ndarray) and name.startswith("inside") and len(inputs):
            parts[f"local: beside, {name}"] = numeric.beside(rng, inputs)
    if function.input_kind == "number" and function.output_kind == "number":
        parts["find"] = numeric.find_grid()
    return {name: inputs for name, inputs in parts.items() if len(inputs)}


def _overlap(parts: dict[str, Inputs], queried: Sequence[Value]) -> float:
    asked = set(queried)
    held_out = [x for name, inputs in parts.items() if name != "find" for x in input_key(inputs)]
    return sum(x in asked for x in held_out) / len(held_out)


def _predict(
    code: str, parts: dict[str, Inputs], rng: np.random.Generator, make_lab: MakeLab
) -> tuple[dict[str, list[Any]], list[str], str | None]:
    """Answers to every part, in a shuffled order; what was wrong; the code's first error.

    The same code then answers some inputs again, in another process and order: a different answer means that it
    depends on state, order or chance, and counts as no answer at all.
    """
    inputs = [x for part in parts.values() for x in input_key(part)]
    order = rng.permutation(len(inputs))
    with make_lab() as lab:
        first = lab.evaluate(code, [inputs[i] for i in order], seconds=EVALUATION_SECONDS)
        flags: list[str] = [] if first.status in ("ok", "error") else [first.status]
        answers: list[Any] = [None] * len(inputs)
        for i, output in zip(order, first.outputs, strict=True):
            answers[i] = output
        if first.status in ("ok", "error"):
            spots = rng.permutation(len(inputs))[:SPOT_INPUTS]
            again = lab.evaluate(code, [inputs[i] for i in spots], seconds=EVALUATION_SECONDS)
            if again.outputs != [answers[i] for i in spots]:
                flags.append("stateful")
                answers = [None] * len(inputs)
    predictions, at = {}, 0
    for name, part in parts.items():
        predictions[name] = answers[at : at + len(part)]
        at += len(part)
    return predictions, flags, first.error


def _numbers(
    function: Function,
    parts: dict[str, Inputs],
    predictions: dict[str, list[Any]],
    flags: list[str],
    error: str | None,
    sizes: dict[str, Any],
) -> Score:
    """All numbers, from targets and predictions."""
    shares: dict[str, float] = {}
    extra: dict[str, Any] = {}
    if function.category == "entities":
        activations = np.asarray(function.target(parts["global"]), dtype=float)
        return Score(auc=auc(activations, predictions["global"]), flags=tuple(flags), error=error, **sizes)
    for name, inputs in parts.items():
        targets = function.target(inputs)
        if isinstance(targets, np.ndarray):
            floats = np.array([x if isinstance(x, float) else np.nan for x in predictions[name]])
            if name == "find":
                extra["nmse"] = numeric.nmse(targets, floats, centred=False)
                extra["find_nmse"] = extra["nmse"] is not None and extra["nmse"] < numeric.FIND_SUCCESS
                continue
            if name == "global":
                extra["centred_nmse"] = numeric.nmse(targets, floats, centred=True)
            shares[name] = float(numeric.right(function, targets, floats).mean())
        else:
            shares[name] = float(text.right(function, targets, predictions[name]).mean())
    regions = {name.removeprefix("local: "): share for name, share in shares.items() if name != "global"}
    if function.output_kind == "text":
        extra["find_match"] = shares["global"]
    return Score(
        pass_=all(share >= pass_share(function) for share in shares.values()),
        global_=shares["global"],
        local=min(regions.values()) if regions else None,
        regions=regions,
        flags=tuple(flags),
        error=error,
        **extra,
        **sizes,
    )
