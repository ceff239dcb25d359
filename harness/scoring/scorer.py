"""The score of one interpretation: held-out inputs, the submitted code in fresh labs, comparison on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.base import Function, Inputs, Region, input_key
from findbench.functions.kinds import KINDS
from findbench.harness.schema.score import Score
from findbench.harness.scoring import numeric
from findbench.harness.scoring.judges.retrieval import retrieval_judge
from findbench.harness.scoring.ranking import auc
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.lab.coderunner import CodeRunner
    from findbench.harness.schema.brief import Interpretation
    from findbench.harness.schema.result import Evaluation, Value

    OpenRunner = Callable[[], AbstractContextManager[CodeRunner]]

PASS_SHARE = 0.95
"""For outputs that may be right within a tolerance; where they are right or wrong to the letter, all must be right."""
SPOT_INPUTS = 48
"""Inputs that are evaluated a second time, in a second process and another order."""
EVALUATION_SECONDS = 20.0
"""Time for all held-out inputs of a function together."""
MAX_CODE = 100_000
"""Characters of submitted code; a longer one is a table, not an explanation, and is not run."""
MAX_DESCRIPTION = 4_000
"""Characters of a description that count; what is over is reported by its length."""


@dataclass(frozen=True)
class HeldOut:
    """The inputs that submitted code is asked for. None of the parts is empty."""

    global_: Inputs
    regions: tuple[Region, ...]
    """Each region of the function, and after a bounded one what lies beside it."""
    find: Inputs | None
    """FIND's public grid, where FIND has such functions."""

    @property
    def parts(self) -> list[Inputs]:
        """All parts, in the order of the fields."""
        return [self.global_, *(region.inputs for region in self.regions), *([] if self.find is None else [self.find])]


@dataclass(frozen=True)
class Answers:
    """What submitted code gave for each part of the held-out inputs, in the same order; None where it gave nothing."""

    global_: list[Any]
    regions: list[list[Any]]
    find: list[Any] | None

    @classmethod
    def split(cls, held_out: HeldOut, answers: Sequence[Any]) -> Answers:
        """`answers`: one for each input of all parts."""
        rest = list(answers)
        parts = []
        for part in held_out.parts:
            parts.append(rest[: len(part)])
            del rest[: len(part)]
        return cls(parts[0], parts[1 : 1 + len(held_out.regions)], None if held_out.find is None else parts[-1])


def score_episode(
    function: Function,
    interpretation: Interpretation,
    *,
    seed: int,
    open_runner: OpenRunner,
    queried: Sequence[Value] = (),
) -> Score:
    """Score one interpretation of one function.

    `open_runner` gives a fresh code runner; `queried` are the inputs that the episode asked for.
    Raises InfrastructureError when the sandbox broke: that is never a score. A missing, late, non-finite or wrong-typed
    answer is wrong.
    """
    described = None
    if function.description:  # a callable may come without one: then no description can be right or wrong
        described = retrieval_judge().score(function, interpretation.description, seed=seed)
    rng = np.random.default_rng([derive("order", seed, function.fingerprint())])
    asked = held_out(function, seed)
    sizes: dict[str, Any] = {
        "description": described,
        "description_length": len(interpretation.description),
        "code_length": len(interpretation.code),
        "overlap": _overlap(asked, queried),
    }
    code = interpretation.code
    flags = ["description_too_long"] if len(interpretation.description) > MAX_DESCRIPTION else []
    answers: list[Any] = [None] * sum(len(part) for part in asked.parts)
    error = None
    if not code.strip():
        flags.append("no_code")
    elif len(code) > MAX_CODE:
        flags.append("too_long")
    else:
        answers, problems, error = _ask(code, asked, function.output_kind, rng, open_runner)
        flags += problems
    figures = _figures(function, asked, Answers.split(asked, answers))
    return Score(flags=tuple(flags), error=error, **figures, **sizes)


def pass_share(function: Function) -> float:
    """Share of inputs that must be right, globally and in every region: 0.95, or all of them for texts."""
    return 1.0 if KINDS[function.output_kind].exact else PASS_SHARE


def held_out(function: Function, seed: int) -> HeldOut:
    """Every input that is asked for.

    Drawn from the episode's seed and the function's fingerprint together: a guessed seed gives nothing away.
    """
    rng = np.random.default_rng([derive("held-out", seed, function.fingerprint())])
    global_ = function.held_out(rng, function.held_out_inputs)
    regions: list[Region] = []
    for region in function.regions(rng, function.region_inputs):
        if not len(region.inputs):
            continue
        regions.append(region)
        if region.bounded and function.interval is not None:
            inputs = numeric.beside(rng, np.asarray(region.inputs, dtype=np.float64), function.interval)
            regions.append(Region(f"beside, {region.name}", inputs))
    numbers = function.input_kind == function.output_kind == "number"
    return HeldOut(global_, tuple(regions), numeric.find_grid() if function.in_find and numbers else None)


def _overlap(asked: HeldOut, queried: Sequence[Value]) -> float:
    """Share of the held-out inputs, FIND's public ones apart, that the episode had queried."""
    known = set(queried)
    inputs = [x for part in (asked.global_, *(r.inputs for r in asked.regions)) for x in input_key(part)]
    return sum(x in known for x in inputs) / len(inputs)


def _ask(
    code: str, asked: HeldOut, output_kind: str, rng: np.random.Generator, open_runner: OpenRunner
) -> tuple[list[Any], list[str], str | None]:
    """Answers to all parts together, asked for in a shuffled order; what was wrong; the code's first error.

    The same code then answers some inputs again, in another process and order: a different answer means that it
    depends on state, order or chance, and counts as no answer at all.
    """
    inputs = [x for part in asked.parts for x in input_key(part)]
    order = rng.permutation(len(inputs))
    with open_runner() as runner:

        def evaluate(chosen: Iterable[int]) -> Evaluation:
            given = [inputs[i] for i in chosen]
            return runner.evaluate(code, given, output_kind=output_kind, seconds=EVALUATION_SECONDS)

        first = evaluate(order)
        flags: list[str] = [] if first.status in ("ok", "error") else [first.status]
        answers: list[Any] = [None] * len(inputs)
        for i, output in zip(order, first.outputs, strict=True):
            answers[i] = output
        if first.status in ("ok", "error"):
            spots = rng.permutation(len(inputs))[:SPOT_INPUTS]
            again = evaluate(spots)
            if again.outputs != [answers[i] for i in spots]:
                flags.append("stateful")
                answers = [None] * len(inputs)
    return answers, flags, first.error


def _figures(function: Function, asked: HeldOut, answers: Answers) -> dict[str, Any]:
    """All numbers about submitted code, from targets and answers: fields of `Score`."""
    targets = function.target(asked.global_)
    if function.active_from is not None:
        active = np.asarray(targets, dtype=np.float64) >= function.active_from
        return {"auc": auc(active, answers.global_)}
    global_ = float(function.is_correct(targets, answers.global_).mean())
    regions = {
        region.name: float(function.is_correct(function.target(region.inputs), given).mean())
        for region, given in zip(asked.regions, answers.regions, strict=True)
    }
    figures: dict[str, Any] = {
        "pass_": all(share >= pass_share(function) for share in (global_, *regions.values())),
        "global_": global_,
        "local": min(regions.values()) if regions else None,
        "regions": regions,
    }
    if function.output_kind == "number":
        figures["centred_nmse"] = numeric.nmse(np.asarray(targets), _floats(answers.global_), centred=True)
    if asked.find is not None and answers.find is not None:
        error = numeric.nmse(np.asarray(function.target(asked.find)), _floats(answers.find), centred=False)
        figures |= {"nmse": error, "find_nmse": error is not None and error < numeric.FIND_SUCCESS}
    if function.in_find and function.output_kind == "text":
        figures["find_match"] = global_
    return figures


def _floats(answers: Sequence[Any]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([x if isinstance(x, float) else np.nan for x in answers])
