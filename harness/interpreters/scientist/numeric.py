"""The scientist on a numeric function: fit families to what was observed, ask what tells them apart, describe one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.describe import describe, domain_words, reference_code
from findbench.harness.interpreters.asking import LabQuestions
from findbench.harness.interpreters.memoriser.numbers import table_code
from findbench.harness.interpreters.scientist.fitting import Fit, Fitter
from findbench.harness.interpreters.scientist.inquiry import explains, finished, inquire, ranked
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote

if TYPE_CHECKING:
    from findbench.functions.numeric.spec import NumericSpec
    from findbench.harness.interpreters.base import LabLike
    from findbench.harness.interpreters.scientist.sampling import Data

INTERPOLATE_SHARE = 0.9
"""Share of observations that a formula must explain; below it the observations themselves are handed in."""
KEPT = 6
"""How many fits, the best first, are fitted anew to more observations."""
PAIR_POINTS = 9
"""With fewer observations no two families are fitted."""
GROWTH = 1.25
"""All families are tried again when there are so many times the observations of the last time."""


def interpret(lab: LabLike, brief: Brief) -> Interpretation:
    """Play one episode. Everything that is known of the function comes from experiments."""
    data, fits = inquire(LabQuestions(lab, brief.output_kind), Families())
    if not fits:
        return Interpretation(description="Too few observations to say anything.")
    best = fits[0]
    lab.note(HypothesisNote(hypothesis=best.spec.family, figures={"error": best.error, "noise_sd": data.noise_sd}))
    spec = finished(data, best)
    if _share_met(data, spec) < INTERPOLATE_SHARE:
        return _table(data)
    return Interpretation(description=describe(spec), domain=domain_words(), code=reference_code(spec))


class Families:
    """Proposes fits of one family, and of two where no single one will do."""

    def __init__(self) -> None:
        self._tried = 0
        """With how many observations all families were last tried."""

    def __call__(self, fitter: Fitter, before: Sequence[Fit]) -> list[Fit]:
        """`Propose`: those of before fitted anew, as long as one family explains what was observed."""
        fits = [fitter.again(fit) for fit in before[:KEPT]]
        if fits:
            best = ranked(fits, fitter)[0]
            if len(fitter.x) < GROWTH * self._tried or (explains(best, fitter) and best.member.operator is None):
                return fits
        self._tried = len(fitter.x)
        fits += fitter.singles()
        if len(fitter.x) >= PAIR_POINTS and not explains(ranked(fits, fitter)[0], fitter):
            fits += fitter.pairs()
        return fits


def _share_met(data: Data, spec: NumericSpec) -> float:
    """Share of observations within twice the tolerance and four standard deviations of the noise."""
    x, y = data.clean()
    fitter = Fitter(x, y, data.noise_sd)
    allowed = np.maximum(2 * fitter.tolerance, 4 * fitter.noise_sd)
    return float(np.mean(np.abs(spec.formula_values(x) - y) <= allowed))


def _table(data: Data) -> Interpretation:
    """No formula fits: hand in the observations with curves between them, and say so."""
    x, y = data.x, data.y
    words = ""
    if data.corruption is not None:
        low, high = data.corruption.interval
        words = f" From {low} to {high} the output is random, about {data.corruption.mean}."
    text = (
        f"No known formula fits. Observed values range from {y.min():.4g} (at x = {x[y.argmin()]:.4g}) to "
        f"{y.max():.4g} (at x = {x[y.argmax()]:.4g}); the code interpolates between observations.{words}"
    )
    return Interpretation(description=text, domain=domain_words(), code=table_code(x, y, noisy=data.noise is not None))
