"""Is the scoring sound on a suite? Known right, known wrong and nearly right answers go through the real scorer."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from findbench.functions.base import FloatArray, Function, Interval, input_key
from findbench.functions.entities.concepts import concepts
from findbench.functions.held_out import HeldOut, take
from findbench.functions.relations.normal import UNDEFINED
from findbench.functions.tolerance import QUERIES
from findbench.harness.interpreters.baselines import nearest_code
from findbench.harness.schema.brief import Interpretation
from findbench.harness.scoring import numeric
from findbench.harness.scoring.anchors import FUNCTIONS, anchor_shares, of_each_variant
from findbench.harness.scoring.looking import looking_for_an_interval, looking_for_concepts, looking_for_repeats
from findbench.harness.scoring.scorer import ask, figures, held_out, pass_share, score_episode
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.functions.base import Places
    from findbench.harness.lab.coderunner import CodeRunner

MUTANTS = 2
"""Mutants per function whose reference code and description are scored."""
EXEMPLARS = 10
"""Examples that the nearest-exemplar baseline of text functions has, as many as a brief gives."""
GRID = 4096
"""Midpoints over the domain at which a function's form is looked at."""
POLYNOMIALS = {"constant": 0, "line": 1, "cubic": 3}

Shares = dict[str, float]
"""Name of a check -> 1.0 or 0.0 (or a share) for one function."""


@dataclass(frozen=True)
class Target:
    """What the mean of a check over functions must be."""

    check: str
    relation: Literal["=", "<=", ">="]
    bound: float
    reason: str

    def met(self, value: float) -> bool:
        """Whether the mean `value` is as it must be."""
        if self.relation == "=":
            return abs(value - self.bound) < 1e-12
        return value <= self.bound if self.relation == "<=" else value >= self.bound


TARGETS = (
    Target("reference", "=", 1.0, "the exact noise-free code passes, noise or not"),
    Target("formula without its corrupted region", "=", 0.0, "who misses what is local never passes"),
    Target(
        "the same, looking at what it is asked", "=", 0.0, "what is asked tells nothing of where the function differs"
    ),
    Target("AUC of lexicons, looking at what it is asked", "<=", 0.6, "nor of its concepts"),
    Target("its global share", ">=", 0.5, "though it is right on most of the domain"),
    Target("its local share", "<=", 0.05, "and wrong in the region"),
    Target("constant", "<=", 0.02, "least squares on all that is asked, functions of other form"),
    Target("line", "<=", 0.02, "as constant"),
    Target("cubic", "<=", 0.02, "as constant"),
    Target("identity", "<=", 0.02, "the input itself is no answer"),
    Target("nearest", "<=", 0.02, "nor is the nearest example's output"),
    Target("mutants", "=", 0.0, "nearly right never passes"),
)


def validate(
    functions: Iterable[Function],
    open_runner: Callable[[], CodeRunner],
    *,
    seed: int = 0,
    concurrency: int = 2,
    anchors: int = FUNCTIONS,
    done: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, tuple[float, int]]]:
    """Group -> check -> (mean over functions, number of functions); `done` is called after every function.

    `anchors`: on how many functions of each variant the anchors are measured, which have no target.
    Groups are the categories and `<category> <tag>`. Each thread keeps one lab: evaluations in it do not share
    state, and all code is ours. Raises InfrastructureError when a lab broke.
    """
    functions = list(functions)
    anchored = of_each_variant(functions, anchors)
    kept = local()
    with contextlib.ExitStack() as labs, ThreadPoolExecutor(concurrency) as threads:

        def one(function: Function) -> tuple[Function, Shares]:
            if not hasattr(kept, "lab"):
                kept.lab = labs.enter_context(open_runner())
            shares = check(function, kept.lab, seed=seed)
            if function.id in anchored:
                shares |= anchor_shares(function, kept.lab, seed=seed)
            done()
            return function, shares

        values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for function, shares in threads.map(one, functions):
            for group in (function.category, *(f"{function.category} {tag}" for tag in function.tags)):
                for name, share in shares.items():
                    values[group][name].append(share)
    return {
        group: {name: (float(np.mean(found)), len(found)) for name, found in checks.items()}
        for group, checks in values.items()
    }


def missed(results: Mapping[str, Mapping[str, tuple[float, int]]]) -> list[str]:
    """One line for every target that a whole category misses, and for references that fail in any group."""
    lines = []
    for group, checks in results.items():
        for target in TARGETS:
            if target.check not in checks or (" " in group and target.check != "reference"):
                continue
            value, count = checks[target.check]
            if not target.met(value):
                wanted = f"{target.relation} {target.bound:g}"
                lines.append(f"{group}: {target.check} {value:.3f} over {count}, must be {wanted}: {target.reason}")
    return lines


def check(function: Function, lab: CodeRunner, *, seed: int) -> Shares:
    """Every check that applies to the function."""
    scored = held_out(function, seed)
    if function.active_from is not None:  # nothing passes: its code is scored by how it ranks inputs
        looking = looking_for_concepts({concept.name: concept.lexicon for concept in concepts()})
        found = _answered(function, scored, looking, lab, seed, np.arange(len(scored.asked)))
        return {"AUC of lexicons, looking at what it is asked": found["auc"]}
    kept = contextlib.nullcontext(lab)  # a lab per function costs half a second; this code is ours
    right = Interpretation(code=function.reference_code)
    passed = score_episode(function, right, seed=seed, open_runner=lambda: kept).pass_
    shares: Shares = {"reference": float(bool(passed))}
    rng = np.random.default_rng([derive("validate", seed, function.fingerprint())])
    mutants = function.mutants(rng, MUTANTS)
    if mutants:
        mutants_passed = [_decided(function, scored, mutant.reference_code, lab, seed)["pass_"] for mutant in mutants]
        shares["mutants"] = float(np.mean(mutants_passed))
    shares |= _without_corruption(function, scored, lab, seed)
    if function.interval is not None and function.output_kind == "number":
        shares |= _polynomials(function, function.interval, scored)
    else:
        inputs = function.exemplars(rng, EXEMPLARS)
        nearest = nearest_code(input_key(inputs), input_key(function.target(inputs)))
        for name, code in (("identity", "def predict(x):\n    return x\n"), ("nearest", nearest)):
            shares[name] = float(_decided(function, scored, code, lab, seed)["pass_"])
    return shares


def _answered(
    function: Function, scored: HeldOut, code: str, lab: CodeRunner, seed: int, places: Places
) -> dict[str, Any]:
    """The figures of code that is asked the inputs at these places only, once: it may depend on what it is asked."""
    kept = contextlib.nullcontext(lab)
    given, _, _ = ask(
        code,
        take(scored.asked, places),
        function.output_kind,
        seed=seed,
        open_runner=lambda: kept,
        second_look=False,
    )
    answers: list[Any] = [None] * len(scored.asked)
    for place, answer in zip(places.tolist(), given, strict=True):
        answers[place] = answer
    return figures(function, scored, answers, QUERIES)


def _decided(function: Function, scored: HeldOut, code: str, lab: CodeRunner, seed: int) -> dict[str, Any]:
    """The figures that decide, for code of ours that no input tells anything: it is asked nothing else, which is a
    quarter of the time."""
    return _answered(function, scored, code, lab, seed, scored.chosen)


def _without_corruption(function: Function, scored: HeldOut, lab: CodeRunner, seed: int) -> Shares:
    corrupted = [region for region in scored.regions if region.corrupted]
    if not corrupted:
        return {}
    formula = function.ideal().reference_code
    found = _decided(function, scored, formula, lab, seed)
    if function.output_kind == "number":
        (mean,) = _values(function, np.asarray(take(scored.asked, corrupted[0].places[:1])))
        looking = looking_for_an_interval(formula, float(mean))
    else:
        looking = looking_for_repeats(formula, UNDEFINED)
    seeing = _answered(function, scored, looking, lab, seed, np.arange(len(scored.asked)))
    return {
        "formula without its corrupted region": float(found["pass_"]),
        "its global share": found["global_"],
        "its local share": min(found["regions"][region.name] for region in corrupted),
        "the same, looking at what it is asked": float(seeing["pass_"]),
    }


def _polynomials(function: Function, interval: Interval, scored: HeldOut) -> Shares:
    """Least squares on all that is asked inside the domain; host arithmetic, nothing is run. Functions of that form are
    left out."""
    corrupted = any(region.corrupted for region in scored.regions)
    parts = [np.asarray(part, dtype=np.float64) for part in scored.parts]
    tested = np.asarray(take(scored.asked, np.flatnonzero(function.may_be_queried(scored.asked))), dtype=np.float64)
    grid = interval[0] + (interval[1] - interval[0]) * (np.arange(GRID) + 0.5) / GRID
    shares: Shares = {}
    for name, degree in POLYNOMIALS.items():
        values = _values(function.ideal(), grid)  # the form is that of the formula that is described
        rest = np.abs(values - _fit(grid, values, degree)(grid)).max()
        if not corrupted and rest <= 1e-6 * max(np.abs(values).max(), 1e-9):
            continue
        fit = _fit(tested, _values(function, tested), degree)
        correct = [float(function.is_correct(function.target(x), fit(x)).mean()) for x in parts]
        shares[name] = float(min(correct) >= pass_share(function))
        if (found := function.public_grid()) is not None:
            public = np.asarray(found, dtype=np.float64)
            targets = _values(function, public)
            error = numeric.nmse(targets, _fit(public, targets, degree)(public), centred=False)
            shares[f"{name} (FIND's NMSE)"] = float(error is not None and error < numeric.FIND_SUCCESS)
    return shares


def _values(function: Function, inputs: FloatArray) -> FloatArray:
    return np.asarray(function.target(inputs), dtype=np.float64)


def _fit(x: FloatArray, y: FloatArray, degree: int) -> np.polynomial.Polynomial:
    return np.polynomial.Polynomial.fit(x, y, degree)
