"""The score of one interpretation: what the submitted code is asked in a code runner, and comparison on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.base import Function, Inputs, input_key
from findbench.functions.held_out import HeldOut, draw, take
from findbench.functions.kinds import KINDS
from findbench.functions.tolerance import QUERIES
from findbench.harness.schema.score import Score
from findbench.harness.scoring import numeric
from findbench.harness.scoring.ranking import auc
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.functions.base import Places
    from findbench.harness.lab.coderunner import CodeRunner
    from findbench.harness.schema.brief import Interpretation
    from findbench.harness.schema.result import Evaluation, Value

    OpenRunner = Callable[[], AbstractContextManager[CodeRunner]]

PASS_SHARE = 0.95
"""For outputs that may be right within a tolerance; where they are right or wrong to the letter, all must be right."""
SPOT_INPUTS = 512
"""Inputs that are evaluated a second time, in other processes and another order."""
EVALUATION_SECONDS = 60.0
"""Time for everything that is asked of a submission together."""
MAX_CODE = 100_000
"""Characters of submitted code; a longer one is a table, not an explanation, and is not run."""
MAX_DESCRIPTION = 4_000
"""Characters of a description that count; what is over is reported by its length."""


def score_episode(
    function: Function,
    interpretation: Interpretation,
    *,
    seed: int,
    open_runner: OpenRunner,
    budget: int = QUERIES,
    queried: Sequence[Value] = (),
) -> Score:
    """Score one interpretation of one function.

    `seed`: the episode's, a secret. `open_runner` gives a fresh code runner; `budget` is how many queries the episode
    had, `queried` are the inputs that it asked for.
    Raises InfrastructureError when the sandbox broke: that is never a score. A missing, late, non-finite or wrong-typed
    answer is wrong.
    """
    scored = held_out(function, seed)
    sizes: dict[str, Any] = {
        "description_length": len(interpretation.description),
        "code_length": len(interpretation.code),
        "overlap": _overlap(scored, queried),
    }
    code = interpretation.code
    flags = ["description_too_long"] if len(interpretation.description) > MAX_DESCRIPTION else []
    answers: list[Any] = [None] * len(scored.asked)
    error = None
    if not code.strip():
        flags.append("no_code")
    elif len(code) > MAX_CODE:
        flags.append("too_long")
    else:
        answers, problems, error = ask(code, scored.asked, function.output_kind, seed=seed, open_runner=open_runner)
        flags += problems
    return Score(flags=tuple(flags), error=error, **figures(function, scored, answers, budget), **sizes)


def pass_share(function: Function) -> float:
    """Share of inputs that must be right, globally and in every region: 0.95, or all of them for texts."""
    return 1.0 if KINDS[function.output_kind].exact else PASS_SHARE


def held_out(function: Function, seed: int) -> HeldOut:
    """What submitted code is asked, which derives from the seed alone, and what of it is scored: from the seed and the
    function's fingerprint."""
    asked = function.asked(np.random.default_rng([derive("asked", seed)]))
    return draw(function, asked, np.random.default_rng([derive("held-out", seed, function.fingerprint())]))


def _overlap(scored: HeldOut, queried: Sequence[Value]) -> float:
    """Share of the scored inputs, those of regions included, that the episode had queried."""
    known = set(queried)
    inputs = input_key(take(scored.asked, scored.chosen))
    return sum(x in known for x in inputs) / len(inputs)


def ask(
    code: str, asked: Inputs, output_kind: str, *, seed: int, open_runner: OpenRunner, second_look: bool = True
) -> tuple[list[Any], list[str], str | None]:
    """The answers to all that is asked, in a shuffled order; what was wrong (flags of `Score`); the code's first error.

    The same code then answers some inputs again, in other processes and another order: a different answer means that it
    depends on state, order or chance, and counts as no answer at all. Which inputs these are, and both orders, derive
    from the episode's seed alone: they tell no more of the function than the inputs themselves. Without `second_look`
    code may depend on whatever it likes (for checks of the scoring itself).
    """
    rng = np.random.default_rng([derive("order", seed)])
    inputs = input_key(asked)
    order = rng.permutation(len(inputs))
    spots = rng.permutation(len(inputs))[:SPOT_INPUTS]
    with open_runner() as runner:

        def evaluate(chosen: Iterable[int]) -> Evaluation:
            given = [inputs[i] for i in chosen]
            return runner.evaluate(code, given, output_kind=output_kind, seconds=EVALUATION_SECONDS)

        first = evaluate(order)
        flags: list[str] = [] if first.status in ("ok", "error") else [first.status]
        answers: list[Any] = [None] * len(inputs)
        for i, output in zip(order, first.outputs, strict=True):
            answers[i] = output
        if second_look:  # whatever became of the first one: code must not escape it by ending its process
            again = evaluate(spots)
            pairs = [(answers[i], output) for i, output in zip(spots, again.outputs, strict=True)]
            if any(then != now and then is not None for then, now in pairs):
                flags.append("stateful")
                answers = [None] * len(inputs)
    return answers, flags, first.error


def figures(function: Function, scored: HeldOut, answers: Sequence[Any], budget: int) -> dict[str, Any]:
    """The numbers about submitted code, fields of `Score`. `answers`: one for each input that was asked."""

    def share(places: Places | None) -> float | None:
        if places is None:
            return None
        targets = function.target(take(scored.asked, places))
        return float(function.is_correct(targets, [answers[i] for i in places], budget).mean())

    targets = function.target(take(scored.asked, scored.global_))
    given = [answers[i] for i in scored.global_]
    if function.active_from is not None:
        active = np.asarray(targets, dtype=np.float64) >= function.active_from
        return {"auc": auc(active, given)}
    global_ = float(function.is_correct(targets, given, budget).mean())
    regions = {region.name: share(region.places) or 0.0 for region in scored.regions}
    deciding = [regions[region.name] for region in scored.regions if region.decides]
    found: dict[str, Any] = {
        "pass_": all(part >= pass_share(function) for part in (global_, *deciding)),
        "global_": global_,
        "local": min(deciding, default=None),
        "regions": regions,
        "beyond": share(scored.beyond),
        "edge": share(scored.edge),
    }
    if function.output_kind == "number":
        found["centred_nmse"] = numeric.nmse(np.asarray(targets), _floats(given), centred=True)
    if scored.find is not None:
        public = np.asarray(function.target(take(scored.asked, scored.find)))
        error = numeric.nmse(public, _floats([answers[i] for i in scored.find]), centred=False)
        found |= {"nmse": error, "find_nmse": error is not None and error < numeric.FIND_SUCCESS}
    if function.in_find and function.output_kind == "text":
        found["find_match"] = global_
    return found


def _floats(answers: Sequence[Any]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([x if isinstance(x, float) else np.nan for x in answers])
