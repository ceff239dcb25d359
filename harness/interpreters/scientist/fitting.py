"""Fits of one and two families to observations, by weighted least squares over their inner parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from findbench.functions.base import FloatArray
from findbench.functions.numeric.atoms import polynomials
from findbench.functions.numeric.spec import NumericSpec
from findbench.harness.interpreters.scientist.families import ALONE, FAMILIES, Theta, library, rounded

MAX_DEGREE = 5
SCREEN_POINTS = 220
"""Observations on which pairs are screened; the best are refined on all."""
PAIRS_KEPT = 14


@dataclass(frozen=True)
class Fit:
    """A candidate: the function as a spec, its weighted mean square error, its number of parameters."""

    spec: NumericSpec
    error: float
    parameters: int


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
        """Constant, line or polynomial."""
        columns = np.stack([self.x**k for k in range(degree + 1)], axis=1)
        coefficients, _ = self.solve(columns)
        return self._finish(lambda c: NumericSpec(terms=(_polynomial(c),)), coefficients, degree + 1)

    def singles(self) -> list[Fit]:
        """The best member of each family."""
        fits = [self.polynomial(degree) for degree in range(MAX_DEGREE + 1)]
        for name in ALONE:
            if name == "linear":
                continue
            keys, shapes = library((name,), self.x, thin=False)
            errors = _screen(shapes, self.x, self.y, self.weights)
            for best in np.argsort(errors)[:2]:
                theta = self._refine((name,), (keys[best][1],), "+")[0]
                fits.append(self._pair_fit((name,), (theta,), "+"))
        return fits

    # -- two terms

    def pairs(self) -> list[Fit]:
        """The best sums and products of two families."""
        step = max(1, len(self.x) // SCREEN_POINTS)
        x, y, w = self.x[::step], self.y[::step], self.weights[::step]
        names = tuple(FAMILIES)
        keys, shapes = library(names, x, thin=True)
        found: list[tuple[float, int, int, str]] = []
        for i in range(len(keys)):
            for operator in "+*":
                errors = _screen_pairs(shapes[i], shapes[i:], y, w, product=operator == "*")
                j = int(np.argmin(errors))
                found.append((float(errors[j]), i, i + j, operator))
        found.sort()
        fits: list[Fit] = []
        seen: set[tuple[str, ...]] = set()
        for _, i, j, operator in found:
            label = (*sorted((keys[i][0], keys[j][0])), operator)
            if label in seen:
                continue
            seen.add(label)
            pair, thetas = (keys[i][0], keys[j][0]), (keys[i][1], keys[j][1])
            fits.append(self._pair_fit(pair, self._refine(pair, thetas, operator), operator))
            if len(fits) >= PAIRS_KEPT:
                break
        return fits + self._with_polynomial(keys, shapes, x, y, w)

    def _with_polynomial(
        self, keys: list[tuple[str, Theta]], shapes: FloatArray, x: FloatArray, y: FloatArray, w: FloatArray
    ) -> list[Fit]:
        """A polynomial plus, or times, one other family."""
        z = x / 128
        powers = np.stack([z**k for k in range(MAX_DEGREE + 1)], axis=1) * w[:, None]
        basis, _ = np.linalg.qr(powers)
        target = y * w
        target = target - basis @ (basis.T @ target)
        rows = shapes * w
        rows = rows - (rows @ basis) @ basis.T
        size = np.maximum(np.sum(rows**2, axis=1), 1e-12)
        errors = np.sum(target**2) - (rows @ target) ** 2 / size
        fits = []
        for best in np.argsort(errors)[:3]:
            name, theta = keys[best]
            columns = np.stack(
                [FAMILIES[name].shape(self.x, theta), *(self.x**k for k in range(MAX_DEGREE + 1))], axis=1
            )
            coefficients, _ = self.solve(columns)

            def build(c: FloatArray, name: str = name, theta: Theta = theta) -> NumericSpec:
                terms = (_polynomial(c[1:]), FAMILIES[name].atom(float(c[0]), 0.0, theta))
                return NumericSpec(terms=terms, operator="+")

            fits.append(self._finish(build, coefficients, MAX_DEGREE + 2 + len(theta)))
        return fits

    def _columns(self, names: tuple[str, ...], thetas: tuple[Theta, ...], operator: str) -> FloatArray:
        shapes = [FAMILIES[name].shape(self.x, theta) for name, theta in zip(names, thetas, strict=True)]
        if operator == "*" and len(shapes) == 2:
            shapes.append(shapes[0] * shapes[1])
        return np.stack([*shapes, np.ones_like(self.x)], axis=1)

    def _refine(self, names: tuple[str, ...], thetas: tuple[Theta, ...], operator: str) -> tuple[Theta, ...]:
        """Coordinate descent over the inner parameters, with steps that shrink to the grammar's resolution."""
        current = [list(theta) for theta in thetas]

        def error() -> float:
            with np.errstate(all="ignore"):
                columns = self._columns(names, tuple(tuple(t) for t in current), operator)
            return self.solve(columns)[1] if np.isfinite(columns).all() else float("inf")

        best = error()
        factor = 1.0
        while True:
            moved = True
            rounds = 0
            while moved and rounds < 6:
                moved, rounds = False, rounds + 1
                for term, name in enumerate(names):
                    family = FAMILIES[name]
                    for position, step in enumerate(family.steps):
                        size = max(step * factor, family.fine)
                        for sign in (1, -1):
                            old = current[term][position]
                            current[term][position] = round(old + sign * size, 4)
                            if name in ("gaussian", "tanh", "rectangle", "square", "ceil", "floor") and position == (
                                len(family.steps) - 1
                            ):
                                current[term][position] = max(0.5, current[term][position])
                            new = error()
                            if new < best * (1 - 1e-9):
                                best, moved = new, True
                            else:
                                current[term][position] = old
            finest = max(
                (max(s * factor / f.fine, 1) for f in map(FAMILIES.__getitem__, names) for s in f.steps), default=1
            )
            if finest <= 1:
                return tuple(tuple(t) for t in current)
            factor /= 2.5

    def _pair_fit(self, names: tuple[str, ...], thetas: tuple[Theta, ...], operator: str) -> Fit:
        coefficients, _ = self.solve(self._columns(names, thetas, operator))
        count = len(coefficients) + sum(map(len, thetas))

        def build(c: FloatArray) -> NumericSpec:
            first = FAMILIES[names[0]].atom
            if len(names) == 1:
                return NumericSpec(terms=(first(float(c[0]), float(c[1]), thetas[0]),))
            second = FAMILIES[names[1]].atom
            if operator == "+":
                terms = (first(float(c[0]), float(c[2]), thetas[0]), second(float(c[1]), 0.0, thetas[1]))
                return NumericSpec(terms=terms, operator="+")
            # c0 g1 + c1 g2 + c2 g1 g2 + c3 = (c2 g1 + c1) (g2 + c0 / c2): one scale of the two is free
            inner = float(c[0] / c[2]) if c[2] else 0.0
            terms = (first(float(c[2]), float(c[1]), thetas[0]), second(1.0, inner, thetas[1]))
            return NumericSpec(terms=terms, operator="*")

        return self._finish(build, coefficients, count)

    def _finish(self, build: object, coefficients: FloatArray, parameters: int) -> Fit:
        """Snap coefficients to one decimal where the data do not object, and measure what is handed in."""
        assert callable(build)
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


def _screen(shapes: FloatArray, x: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    """Weighted error of scale * shape + offset for every row of `shapes`, in closed form. Shape (K,)."""
    del x
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
