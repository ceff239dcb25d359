"""Fits of one and two families to observations, by weighted least squares over their inner parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.numeric.atom import DOMAIN
from findbench.functions.numeric.atoms import polynomials
from findbench.functions.numeric.spec import NumericSpec
from findbench.harness.interpreters.scientist.families import Axis, Family, Theta, families, rounded

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray

MAX_DEGREE = 5
SCREEN_POINTS = 220
"""Observations on which pairs are screened; the best are refined on all."""
SINGLES_REFINED = 2
"""Grid points of each family that are refined, the best first."""
PAIRS_KEPT = 14
"""Pairs of different families that are refined, the best first."""
POLYNOMIALS_KEPT = 3
"""Sums of a polynomial and another family that are kept, the best first."""
SHRINK = 2.5
"""By how much the steps of a refinement shrink when no parameter moves any more."""
SWEEPS = 6
"""Most sweeps over the parameters with steps of one size."""

Term = tuple[Family, Theta]
"""A family with its inner parameters."""


@dataclass(frozen=True)
class Fit:
    """A candidate."""

    spec: NumericSpec
    error: float
    """Weighted mean square error."""
    parameters: int
    """How many were fitted."""


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
        self.weights = pole / np.maximum(np.maximum(self.tolerance, noise_sd), 1e-9)
        self.noise_sd = noise_sd
        self._families = families()

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

    # -- one term

    def polynomial(self, degree: int) -> Fit:
        """The constant, line or polynomial of that degree."""
        columns = np.stack([self.x**k for k in range(degree + 1)], axis=1)
        coefficients, _ = self.solve(columns)
        return self._finish(lambda c: NumericSpec(terms=(_polynomial(c),)), coefficients, degree + 1)

    def singles(self) -> list[Fit]:
        """The best members of each family that may be a function of its own, and of the polynomials."""
        fits = [self.polynomial(degree) for degree in range(MAX_DEGREE + 1)]
        for family in self._families:
            if not family.atom.alone or family.atom is polynomials.Linear:  # a line is a polynomial already
                continue
            terms, shapes = self._library([family], self.x, thin=False)
            errors = _screen(shapes, self.y, self.weights)
            for best in np.argsort(errors)[:SINGLES_REFINED]:
                fits.append(self._fit(self._refine([terms[best]], "+"), "+"))
        return fits

    # -- two terms

    def pairs(self) -> list[Fit]:
        """The best sums and products of two families."""
        step = max(1, len(self.x) // SCREEN_POINTS)
        x, y, w = self.x[::step], self.y[::step], self.weights[::step]
        terms, shapes = self._library([family for family in self._families if family.atom.composes], x, thin=True)
        found: list[tuple[float, int, int, str]] = []
        for i in range(len(terms)):
            for operator in "+*":
                errors = _screen_pairs(shapes[i], shapes[i:], y, w, product=operator == "*")
                j = int(np.argmin(errors))
                found.append((float(errors[j]), i, i + j, operator))
        found.sort()
        best: dict[tuple[str, ...], tuple[int, int, str]] = {}
        for _, i, j, operator in found:
            names = sorted(terms[k][0].atom.name() for k in (i, j))
            best.setdefault((*names, operator), (i, j, operator))
        fits = [
            self._fit(self._refine([terms[i], terms[j]], operator), operator)
            for i, j, operator in list(best.values())[:PAIRS_KEPT]
        ]
        return fits + self._with_polynomial(terms, shapes, x, y, w)

    def _with_polynomial(
        self, terms: list[Term], shapes: FloatArray, x: FloatArray, y: FloatArray, w: FloatArray
    ) -> list[Fit]:
        """A polynomial plus one other family."""
        z = x / DOMAIN[1]
        powers = np.stack([z**k for k in range(MAX_DEGREE + 1)], axis=1) * w[:, None]
        basis, _ = np.linalg.qr(powers)
        target = y * w
        target = target - basis @ (basis.T @ target)
        rows = shapes * w
        rows = rows - (rows @ basis) @ basis.T
        size = np.maximum(np.sum(rows**2, axis=1), 1e-12)
        errors = np.sum(target**2) - (rows @ target) ** 2 / size
        fits = []
        for best in np.argsort(errors)[:POLYNOMIALS_KEPT]:
            family, theta = terms[best]
            columns = np.stack([family.shape(self.x, theta), *(self.x**k for k in range(MAX_DEGREE + 1))], axis=1)
            coefficients, _ = self.solve(columns)

            def build(c: FloatArray, family: Family = family, theta: Theta = theta) -> NumericSpec:
                return NumericSpec(terms=(_polynomial(c[1:]), family.build(float(c[0]), 0.0, theta)), operator="+")

            fits.append(self._finish(build, coefficients, MAX_DEGREE + 2 + len(theta)))
        return fits

    # -- the search over inner parameters

    def _library(self, chosen: list[Family], x: FloatArray, *, thin: bool) -> tuple[list[Term], FloatArray]:
        """The grid points of the families, K in all, and their shapes at `x`: a matrix of shape (K, len(x))."""
        terms = [(family, theta) for family in chosen for theta in family.grid[:: family.thinning if thin else 1]]
        return terms, np.array([family.shape(x, theta) for family, theta in terms])

    def _columns(self, terms: list[Term], operator: str) -> FloatArray:
        """What is linear in a sum or product: each shape, their product, and 1. Shape (n, 2 to 4)."""
        shapes = [family.shape(self.x, theta) for family, theta in terms]
        if operator == "*" and len(shapes) == 2:
            shapes.append(shapes[0] * shapes[1])
        return np.stack([*shapes, np.ones_like(self.x)], axis=1)

    def _refine(self, terms: list[Term], operator: str) -> list[Term]:
        """The terms after a coordinate descent over their inner parameters, with steps that shrink to `Axis.fine`."""
        axes = [axis for family, _ in terms for axis in family.axes.values()]
        point = [value for _, theta in terms for value in theta]
        best = self._error_at(terms, point, operator)
        factor = 1.0
        while True:
            for _ in range(SWEEPS):
                moved = False
                for position, size, sign in _moves(axes, factor):
                    trial = list(point)
                    trial[position] = max(round(point[position] + sign * size, 4), axes[position].least)
                    error = self._error_at(terms, trial, operator)
                    if error < best * (1 - 1e-9):
                        point, best, moved = trial, error, True
                if not moved:
                    break
            if all(axis.step * factor <= axis.fine for axis in axes):
                return _at(terms, point)
            factor /= SHRINK

    def _error_at(self, terms: list[Term], point: list[float], operator: str) -> float:
        """Weighted mean square error with these inner parameters, all linear coefficients free."""
        with np.errstate(all="ignore"):
            columns = self._columns(_at(terms, point), operator)
        return self.solve(columns)[1] if np.isfinite(columns).all() else float("inf")

    def _fit(self, terms: list[Term], operator: str) -> Fit:
        """The function with these inner parameters and the best linear coefficients."""
        coefficients, _ = self.solve(self._columns(terms, operator))
        (first, theta), *second = terms

        def build(c: FloatArray) -> NumericSpec:
            if not second:
                return NumericSpec(terms=(first.build(float(c[0]), float(c[1]), theta),))
            other, other_theta = second[0]
            if operator == "+":
                summands = (first.build(float(c[0]), float(c[2]), theta), other.build(float(c[1]), 0.0, other_theta))
                return NumericSpec(terms=summands, operator="+")
            # c0 g1 + c1 g2 + c2 g1 g2 + c3 = (c2 g1 + c1) (g2 + c0 / c2): one scale of the two is free
            inner = float(c[0] / c[2]) if c[2] else 0.0
            factors = (first.build(float(c[2]), float(c[1]), theta), other.build(1.0, inner, other_theta))
            return NumericSpec(terms=factors, operator="*")

        return self._finish(build, coefficients, len(coefficients) + sum(len(theta) for _, theta in terms))

    def _finish(self, build: Callable[[FloatArray], NumericSpec], coefficients: FloatArray, parameters: int) -> Fit:
        """Round coefficients to one decimal where the data do not object, and measure what is handed in."""
        current = np.array([float(f"{c:.8g}") for c in coefficients])
        error = self.error_of(build(current))
        for i in np.argsort(np.abs(current)):
            trial = current.copy()
            trial[i] = rounded(float(current[i]))
            new = self.error_of(build(trial))
            if new <= error * 1.01 + 1e-12 or (self.noise_sd and new <= error * (1 + 2 / len(self.x))):
                current, error = trial, new
        return Fit(build(current), error, parameters)


def _polynomial(c: FloatArray) -> polynomials.Constant | polynomials.Linear | polynomials.Polynomial:
    if len(c) == 1:
        return polynomials.Constant(value=float(c[0]))
    if len(c) == 2:
        return polynomials.Linear(slope=float(c[1]), intercept=float(c[0]))
    return polynomials.Polynomial(coefficients=tuple(float(v) for v in c))


def _at(terms: list[Term], point: list[float]) -> list[Term]:
    """The terms with the values of `point` for their inner parameters, one after the other."""
    left = iter(point)
    return [(family, tuple(next(left) for _ in theta)) for family, theta in terms]


def _moves(axes: list[Axis], factor: float) -> Iterator[tuple[int, float, int]]:
    """(position, size, sign) of each move of a sweep: every parameter up, then down."""
    for position, axis in enumerate(axes):
        for sign in (1, -1):
            yield position, max(axis.step * factor, axis.fine), sign


def _screen(shapes: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    """Weighted error of scale * shape + offset for every row of `shapes`, in closed form. Shape (K,)."""
    total = np.sum(w**2)
    mean_y = np.sum(w**2 * y) / total
    means = shapes @ (w**2) / total
    centred = (shapes - means[:, None]) * w
    target = (y - mean_y) * w
    size = np.maximum(np.sum(centred**2, axis=1), 1e-12)
    return np.asarray(np.sum(target**2) - (centred @ target) ** 2 / size)


def _screen_pairs(one: FloatArray, others: FloatArray, y: FloatArray, w: FloatArray, *, product: bool) -> FloatArray:
    """Weighted error of a sum (or product) of `one` with each row of `others`, all linear coefficients free."""
    basis, _ = np.linalg.qr(np.stack([w, one * w], axis=1))
    target = y * w
    target = target - basis @ (basis.T @ target)
    rows = others * w
    rows = rows - (rows @ basis) @ basis.T
    a = np.maximum(np.sum(rows**2, axis=1), 1e-9)
    p = rows @ target
    if not product:
        return np.asarray(np.sum(target**2) - p**2 / a)
    both = others * one * w
    both = both - (both @ basis) @ basis.T
    d = np.maximum(np.sum(both**2, axis=1), 1e-9)
    b = np.sum(rows * both, axis=1)
    q = both @ target
    determinant = a * d - b**2
    safe = determinant > 1e-9 * a * d
    gain = np.where(safe, (d * p**2 - 2 * b * p * q + a * q**2) / np.where(safe, determinant, 1), p**2 / a)
    return np.asarray(np.sum(target**2) - gain)
