"""Fits of one and two families to observations, by weighted least squares over their inner parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.atoms import polynomials
from findbench.harness.interpreters.scientist.families import Family, families, rounded
from findbench.harness.interpreters.scientist.members import Member, Term
from findbench.harness.interpreters.scientist.screening import screen, screen_beside, screen_pairs

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray
    from findbench.functions.numeric.form import Operator
    from findbench.functions.numeric.spec import NumericSpec

NOISY = 0.3
"""With noise, what a score tolerates counts this much: the noise is what errors are compared with."""
OPERATORS: tuple[Operator, ...] = ("+", "*")
MAX_DEGREE = 5
SCREEN_POINTS = 220
"""Observations on which pairs are screened; the best are refined on all."""
SINGLES_REFINED = 2
"""Grid points of each family that are refined, the best first."""
PAIRS_KEPT = 14
"""Pairs of different families that are refined, the best first."""
BESIDE_KEPT = 3
"""Sums (and products) of a polynomial and another family that are refined, the best first."""
FORM_PAIRS = 60_000
"""About how many pairs of grid points one form of two families is screened with."""
FORM_REFINED = 10
"""Grid points of one form that are refined, the best first."""
LIKE_POINTS = 4000
"""About how many grid points of one term are looked at as alternatives to its inner parameters."""
FINISHED = 5
"""How many of those are then refined on all observations, where there are more than on which they were screened."""
SHRINK = 2.5
"""By how much the steps of a refinement shrink when no parameter moves any more."""
SWEEPS = 6
"""Most sweeps over the parameters with steps of one size."""
ANGLES = 32
"""So many ratios of the coefficients of a product's second factor are tried first."""
STEPS = 36
"""How often the step to the next ratios that are tried is made shorter."""
SHORTER = 0.6


@dataclass(frozen=True)
class Fit:
    """A candidate."""

    spec: NumericSpec
    error: float
    """Weighted mean square error."""
    worst: float
    """Largest weighted error of one observation."""
    member: Member

    @property
    def parameters(self) -> int:
        """How many were fitted."""
        return self.member.parameters


class Fitter:
    """Observations with weights: an error counts in units of what a score tolerates there, or of the noise."""

    def __init__(self, x: FloatArray, y: FloatArray, noise_sd: float) -> None:
        self.x, self.y = x, y
        lowest, low, high, highest = np.quantile(y, [0.0015, 0.05, 0.95, 0.9985])
        self.scale = max((high - low) / 2, (highest - lowest) / 20, 1e-6)
        self.tolerance = 0.05 * np.maximum(np.abs(y), self.scale)
        # Next to a pole a tiny shift of its location is an error beyond all bounds: such points count less.
        usual = max(float(np.quantile(np.abs(y), 0.95)), self.scale)
        pole = np.minimum(1.0, 4 * usual / np.maximum(np.abs(y), 1e-9)) ** 2
        least = NOISY * self.tolerance if noise_sd else self.tolerance
        self.weights = pole / np.maximum(np.maximum(least, noise_sd), 1e-9)
        self.noise_sd = noise_sd
        self._families = families()

    @property
    def noise_error(self) -> float:
        """The weighted mean square error that noise alone gives."""
        return float(np.mean((self.noise_sd * self.weights) ** 2))

    def error_of(self, spec: NumericSpec) -> float:
        """Weighted mean square error of a finished function."""
        with np.errstate(all="ignore"):
            error = float(np.mean(((spec.formula_values(self.x) - self.y) * self.weights) ** 2))
        return error if np.isfinite(error) else float("inf")

    def solve(self, columns: FloatArray) -> tuple[FloatArray, float]:
        """Linear coefficients of `columns` (shape (n, k)) and the weighted mean square error."""
        scaled = columns * self.weights[:, None]
        size = np.maximum(np.linalg.norm(scaled, axis=0), 1e-300)
        coefficients = np.linalg.lstsq(scaled / size, self.y * self.weights, rcond=1e-12)[0] / size
        return coefficients, float(np.mean((scaled @ coefficients - self.y * self.weights) ** 2))

    # -- candidates

    def polynomials(self) -> list[Fit]:
        """The constant, the line, and the polynomials."""
        return [self.fit(Member((), None, degree)) for degree in range(MAX_DEGREE + 1)]

    def singles(self) -> list[Fit]:
        """The best members of each family that may be a function of its own, and of the polynomials."""
        fits = self.polynomials()
        for family in self._families:
            if family.atom.alone and family.atom is not polynomials.Linear:  # a line is a polynomial already
                fits += self._single(family, SINGLES_REFINED)
        return fits

    def pairs(self) -> list[Fit]:
        """The best sums and products of two families."""
        terms, shapes, thin = self._thinned([family for family in self._families if family.atom.composes])
        found: list[tuple[float, int, int, Operator]] = []
        for operator in OPERATORS:
            screened = screen_pairs(shapes, shapes, thin.y, thin.weights, product=operator == "*")
            for start, errors in screened:
                partner = np.argmin(errors, axis=1)
                found += [(float(errors[k, j]), start + k, int(j), operator) for k, j in enumerate(partner)]
        found.sort()
        best: dict[tuple[str, ...], Member] = {}
        for _, i, j, operator in found:
            names = sorted(terms[k][0].atom.name() for k in (i, j))
            best.setdefault((*names, operator), Member((terms[i], terms[j]), operator))
        members = list(best.values())[:PAIRS_KEPT]
        for operator in OPERATORS:
            members += self._beside(terms, shapes, thin, MAX_DEGREE, operator, BESIDE_KEPT)
        return self._best(members, thin)

    def of_form(self, chosen: list[Family], operator: Operator | None, degree: int | None) -> list[Fit]:
        """The best members of one form: of these families (at most two), with a polynomial of that degree."""
        if not chosen:
            return [self.fit(Member((), None, degree))]
        if degree is None and len(chosen) == 1:
            return self._single(chosen[0], FORM_REFINED)
        assert operator is not None
        most = FORM_PAIRS // max(1, min(len(family.grid) for family in chosen))
        terms, shapes, thin = self._thinned(chosen, most)
        if degree is not None:
            members = self._beside(terms, shapes, thin, degree, operator, FORM_REFINED)
        else:
            others, their_shapes, _ = self._thinned(chosen[1:], most)
            count = len(terms) - len(others)
            screened = screen_pairs(shapes[:count], their_shapes, thin.y, thin.weights, product=operator == "*")
            errors = np.vstack([each for _, each in screened])
            partner = np.argmin(errors, axis=1)
            best = np.argsort(errors.min(axis=1), kind="stable")[:FORM_REFINED]
            members = [Member((terms[i], others[partner[i]]), operator) for i in best]
        return self._best(members, thin)

    def _best(self, members: list[Member], thin: Fitter) -> list[Fit]:
        """The fits of the members, refined on some observations, and the best of them on all."""
        found = sorted((thin.fit(thin._refine(member)) for member in members), key=lambda fit: fit.error)
        return [self.again(fit) for fit in found[:FINISHED]] if thin is not self else found

    def again(self, fit: Fit) -> Fit:
        """The candidate fitted anew, from its own inner parameters: for other observations than those of its own."""
        return self.fit(self._refine(fit.member))

    def like(self, member: Member, most: float, count: int) -> list[Member]:
        """Up to `count` members for each term, with other inner parameters of that term from the grid of its family and
        errors of at most `most`, evenly over those that there are."""
        found = []
        for place, (family, _) in enumerate(member.terms):
            step = max(1, len(family.grid) // LIKE_POINTS)
            terms = [(family, theta) for family in [family] for theta in family.grid[::step]]
            shapes = self._shapes(terms, self.x)
            product = member.operator == "*"
            if member.degree is not None:
                powers = (self.x[:, None] / DOMAIN[1]) ** np.arange(member.degree + 1)
                errors = screen_beside(powers, shapes, self.y, self.weights, product=product)
            elif len(member.terms) == 1:
                errors = screen(shapes, self.y, self.weights)
            else:
                beside, theta = member.terms[1 - place]
                own = beside.shape(self.x, theta)[None, :]
                ((_, (errors,)),) = screen_pairs(own, shapes, self.y, self.weights, product=product)
            allowed = np.flatnonzero(errors <= most * len(self.x))
            for k in allowed[:: max(1, math.ceil(len(allowed) / count))]:
                found.append(member._replace(terms=(*member.terms[:place], terms[k], *member.terms[place + 1 :])))
        return found

    def _single(self, family: Family, count: int) -> list[Fit]:
        terms = [(family, theta) for family in [family] for theta in family.grid]
        errors = screen(self._shapes(terms, self.x), self.y, self.weights)
        return [self.fit(self._refine(Member((terms[best],)))) for best in np.argsort(errors)[:count]]

    def _beside(
        self, terms: list[Term], shapes: FloatArray, thin: Fitter, degree: int, operator: Operator, count: int
    ) -> list[Member]:
        """The best sums or products of a polynomial and one of the terms."""
        powers = (thin.x[:, None] / DOMAIN[1]) ** np.arange(degree + 1)
        errors = screen_beside(powers, shapes, thin.y, thin.weights, product=operator == "*")
        return [Member((terms[best],), operator, degree) for best in np.argsort(errors)[:count]]

    def _thinned(self, chosen: list[Family], most: int | None = None) -> tuple[list[Term], FloatArray, Fitter]:
        """Some of the grid points of the families, K in all, their shapes (K, n), and the n observations used.

        `most`: about so many of each family; by default as each is thinned."""
        step = max(1, len(self.x) // SCREEN_POINTS)
        thin = Fitter(self.x[::step], self.y[::step], self.noise_sd) if step > 1 else self
        steps = [family.thinning if most is None else max(1, len(family.grid) // most) for family in chosen]
        terms = [(family, theta) for family, each in zip(chosen, steps, strict=True) for theta in family.grid[::each]]
        return terms, self._shapes(terms, thin.x), thin

    @staticmethod
    def _shapes(terms: list[Term], x: FloatArray) -> FloatArray:
        return np.array([family.shape(x, theta) for family, theta in terms])

    # -- the search over inner parameters

    def _refine(self, member: Member) -> Member:
        """The member after a coordinate descent over its inner parameters, with steps that shrink to `Axis.fine`."""
        axes, point = member.axes, member.point
        if not axes:
            return member
        best = self.error_at(member, point)
        factor = 1.0
        while True:
            for _ in range(SWEEPS):
                moved = False
                for move in _moves(member, factor):
                    trial = [
                        max(round(value + by, 4), axis.least) for value, by, axis in zip(point, move, axes, strict=True)
                    ]
                    error = self.error_at(member, trial)
                    if error < best * (1 - 1e-9):
                        point, best, moved = trial, error, True
                if not moved:
                    break
            if all(axis.step * factor <= axis.fine for axis in axes):
                return member.at(point)
            factor /= SHRINK

    def error_at(self, member: Member, point: list[float]) -> float:
        """Weighted mean square error with these inner parameters, all linear coefficients free."""
        with np.errstate(all="ignore"):
            columns = member.at(point).columns(self.x)
        return self.solve(columns)[1] if np.isfinite(columns).all() else float("inf")

    def fit(self, member: Member) -> Fit:
        """The function with these inner parameters and the best linear coefficients, those with one decimal if the data
        do not object."""
        with np.errstate(all="ignore"):
            current = self._product(member) if member.operator == "*" else self.solve(member.columns(self.x))[0]
        current = np.array([float(f"{c:.8g}") for c in np.nan_to_num(current)])
        error = self.error_of(member.spec(current))
        for i in np.argsort(np.abs(current)):
            trial = current.copy()
            trial[i] = rounded(float(current[i]))
            new = self.error_of(member.spec(trial))
            if new <= error * 1.01 + 1e-12 or (self.noise_sd and new <= error * (1 + 1 / len(self.x))):
                current, error = trial, new
        spec = member.spec(current)
        with np.errstate(all="ignore"):
            worst = float(np.max(np.abs(spec.formula_values(self.x) - self.y) * self.weights))
        return Fit(spec, error, worst, member)

    def _product(self, member: Member) -> FloatArray:
        """The coefficients of both factors. For a given ratio of the second one's two coefficients the first one's are
        linear: the ratio is an angle, which is searched, first evenly and then by ever shorter steps."""
        first, second = member.factors(self.x)
        size = np.maximum(np.linalg.norm(second * self.weights[:, None], axis=0), 1e-300)

        def at(angle: float) -> tuple[FloatArray, float]:
            return self.solve(first * (second @ (np.array([math.cos(angle), math.sin(angle)]) / size))[:, None])

        distance = math.pi / ANGLES
        best = min((k * distance for k in range(ANGLES)), key=lambda angle: at(angle)[1])
        for _ in range(STEPS):
            best = min((best, best - distance, best + distance), key=lambda angle: at(angle)[1])
            distance *= SHORTER
        ratio = np.array([math.cos(best), math.sin(best)]) / size
        scale = ratio[0] if abs(ratio[0]) * size[0] > 1e-9 else 1.0
        return np.concatenate([at(best)[0] * scale, ratio / scale])


def _moves(member: Member, factor: float) -> Iterator[list[float]]:
    """By how much each parameter changes in each move of a sweep: one up or down, or two of one term in opposite
    directions, which moves one edge of a rectangle."""
    sizes = [max(axis.step * factor, axis.fine) for axis in member.axes]
    for position, size in enumerate(sizes):
        for sign in (1, -1):
            yield [sign * size if i == position else 0.0 for i in range(len(sizes))]
    start = 0
    for family, _ in member.terms:
        if len(family.axes) == 2:
            both = min(sizes[start : start + 2])
            for sign in (1, -1):
                yield [sign * both * ((i == start) - (i == start + 1)) for i in range(len(sizes))]
        start += len(family.axes)
