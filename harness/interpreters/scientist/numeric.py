"""The scientist on a numeric function: gather observations, fit families, choose one, describe it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.describe import describe, domain_words, reference_code
from findbench.harness.interpreters.scientist.fitting import Fit, Fitter
from findbench.harness.interpreters.scientist.sampling import Data, clean_part, gather
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.functions.numeric.spec import NumericSpec
    from findbench.harness.interpreters.base import LabLike

LEAST_POINTS = 8
"""With fewer observations nothing is fitted."""
GOOD_ENOUGH = 0.02
"""Weighted mean square error (in squared tolerances) at which a deterministic fit needs no second term."""
NOISE_SLACK = 1.15
"""Mean square error over the noise's variance at which a noisy fit needs no second term."""
EXACT = 1e-12
"""Least error in the criterion: below it all fits count as exact, and the simplest wins."""
INTERPOLATE_SHARE = 0.9
"""Share of observations that a formula must explain; below it the observations themselves are handed in."""


def interpret(lab: LabLike, brief: Brief) -> Interpretation:
    """Play one episode. Everything that is known of the function comes from experiments."""
    del brief
    data = gather(lab)
    x, y = clean_part(data)
    if len(x) < LEAST_POINTS:
        return Interpretation(description="Too few observations to say anything.")
    fitter = Fitter(x, y, data.noise_sd)
    best = choose(fitter)
    lab.note(HypothesisNote(hypothesis=best.spec.family, figures={"error": best.error, "noise_sd": data.noise_sd}))
    if _share_met(fitter, best.spec) < INTERPOLATE_SHARE:
        return _interpolant(x, y, data)
    spec = best.spec.model_copy(update={"noise": data.noise, "corruption": data.corruption})
    return Interpretation(description=describe(spec), domain=domain_words(), code=reference_code(spec))


def choose(fitter: Fitter) -> Fit:
    """The fit with the least Bayesian information criterion (Schwarz 1978), pairs only where no single one will do."""
    fits = fitter.singles()
    best = min(fits, key=lambda fit: criterion(fit, fitter))
    enough = GOOD_ENOUGH if fitter.noise_sd == 0 else NOISE_SLACK * _noise_error(fitter)
    if best.error > enough:
        best = min([*fits, *fitter.pairs()], key=lambda fit: criterion(fit, fitter))
    return best


def criterion(fit: Fit, fitter: Fitter) -> float:
    """n log(error) + k log n, with n observations and k parameters."""
    n = len(fitter.x)
    return n * math.log(max(fit.error, EXACT)) + fit.parameters * math.log(n)


def _noise_error(fitter: Fitter) -> float:
    return float(np.mean((fitter.noise_sd * fitter.weights) ** 2))


def _share_met(fitter: Fitter, spec: NumericSpec) -> float:
    """Share of observations within twice the tolerance and four standard deviations of the noise."""
    allowed = np.maximum(2 * fitter.tolerance, 4 * fitter.noise_sd)
    return float(np.mean(np.abs(spec.formula_values(fitter.x) - fitter.y) <= allowed))


def _interpolant(x: FloatArray, y: FloatArray, data: Data) -> Interpretation:
    """No formula fits: hand in straight lines between (mean) observations, and say so."""
    knots, index = np.unique(x, return_inverse=True)
    means = np.bincount(index, weights=y) / np.bincount(index)
    corrupted = data.corruption
    special = ""
    words = ""
    if corrupted is not None:
        low, high = corrupted.interval
        special = f"    if {low!r} <= x <= {high!r}:\n        return {corrupted.mean!r}\n"
        words = f" From {low} to {high} the output is about {corrupted.mean} instead."
    code = (
        "import numpy as np\n\n"
        f"X = {[round(float(v), 4) for v in knots]}\nY = {[float(f'{v:.6g}') for v in means]}\n\n\n"
        f"def predict(x):\n{special}    return float(np.interp(x, X, Y))\n"
    )
    text = (
        f"No known formula fits. Observed values range from {means.min():.4g} (at x = {knots[means.argmin()]:.4g}) to "
        f"{means.max():.4g} (at x = {knots[means.argmax()]:.4g}); the code interpolates between observations.{words}"
    )
    return Interpretation(description=text, domain=domain_words(), code=code)
