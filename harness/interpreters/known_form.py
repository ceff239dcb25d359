"""The interpreter `known-form`: it is told the true form of a numeric function and fits the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from findbench.functions.numeric.atom import Atom
from findbench.functions.numeric.describe import describe, domain_words, reference_code
from findbench.functions.numeric.form import Form
from findbench.harness.interpreters.asking import LabQuestions, Questions
from findbench.harness.interpreters.scientist.families import Family, families
from findbench.harness.interpreters.scientist.inquiry import explains, finished, inquire, ranked
from findbench.harness.schema.brief import Brief, Interpretation

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike, Need
    from findbench.harness.interpreters.scientist.fitting import Fit, Fitter

RATIO = "rational"
"""A ratio of two lines is a reciprocal with an offset, and is fitted as one."""
KEPT = 3
"""How many fits, the best first, are fitted anew to more observations."""
GROWTH = 1.25
"""The form is sought anew when there are so many times the observations of the last time."""
DEGREES = {"constant": 0, "linear": 1}
"""Atoms that are polynomials under another name."""


class KnownForm:
    """Least squares with the true family: what can be had from so many queries by who knows what to look for."""

    name = "known-form"
    needs: frozenset[Need] = frozenset({"form"})

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Spend the budget on the parameters, or submit nothing where the form is not that of a numeric function."""
        return fit_known_form(LabQuestions(lab, brief.output_kind), brief)


def fit_known_form(questions: Questions, brief: Brief) -> Interpretation:
    """The function of the brief's form that the budget buys; the same through a lab and without one."""
    form = Form.parse(brief.form or "")
    if not all(name.split(" ")[0] in Atom.registry for name in form.atoms):
        return Interpretation()
    data, fits = inquire(questions, OneForm(form), form.deviation)
    if not fits:
        return Interpretation()
    spec = finished(data, fits[0])
    return Interpretation(description=describe(spec), domain=domain_words(), code=reference_code(spec))


class OneForm:
    """Proposes fits of one form."""

    def __init__(self, form: Form) -> None:
        known = {family.atom.name(): family for family in families()}
        self._families: list[Family] = []
        self._degree: int | None = None
        for name in form.atoms:
            atom, _, degree = name.partition(" ")
            if degree or atom == "constant" or (atom == "linear" and len(form.atoms) == 1):
                self._degree = int(degree or DEGREES[atom])
            else:
                self._families.append(known["reciprocal" if atom == RATIO else atom])
        self._operator = form.operator
        self._tried = 0

    def __call__(self, fitter: Fitter, before: Sequence[Fit]) -> list[Fit]:
        """`Propose`: those of before fitted anew, as long as one of them explains what was observed."""
        fits = [fitter.again(fit) for fit in before[:KEPT]]
        if fits and (explains(ranked(fits, fitter)[0], fitter) or len(fitter.x) < GROWTH * self._tried):
            return fits
        self._tried = len(fitter.x)
        return fits + fitter.of_form(self._families, self._operator, self._degree)
