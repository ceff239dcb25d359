"""Weighted errors of many candidate shapes at once, in closed form, so that only the best need a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findbench.functions.base import FloatArray


ROWS = 256
"""So many rows of pairs are screened at once: a few megabytes."""
ALIKE = 1e-7
"""Shapes are one when the squared sine between them is less."""


def screen(shapes: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    """Weighted error of scale * shape + offset for every row of `shapes`, shape (K, n). Shape (K,)."""
    total = np.sum(w**2)
    mean_y = np.sum(w**2 * y) / total
    means = shapes @ (w**2) / total
    centred = (shapes - means[:, None]) * w
    target = (y - mean_y) * w
    size = np.maximum(np.sum(centred**2, axis=1), 1e-12)
    return np.asarray(np.sum(target**2) - (centred @ target) ** 2 / size)


def screen_pairs(
    first: FloatArray, second: FloatArray, y: FloatArray, w: FloatArray, *, product: bool
) -> Iterator[tuple[int, FloatArray]]:
    """Weighted error of each row of `first` with each of `second`, (K, n) and (L, n), as a sum or as a product, all
    linear coefficients free: (number of the first row, errors of some rows (m, L)), row after row.

    Scaled to a mean of 0 and a norm of 1, two shapes span the same functions, and what is needed of a pair are a few
    inner products, which matrix products give for many pairs at once.
    """
    mass = w**2
    y = y - np.sum(mass * y) / np.sum(mass)
    one, two = _scaled(first, mass), _scaled(second, mass)
    gain_one, gain_two = (one * mass) @ y, (two * mass) @ y
    for start in range(0, len(one), ROWS):
        g, p = one[start : start + ROWS], gain_one[start : start + ROWS, None]
        cosine = (g * mass) @ two.T
        rest = 1 - cosine**2
        alone = rest < ALIKE
        rest = np.where(alone, 1.0, rest)
        beyond = gain_two[None, :] - cosine * p
        gains = p**2 + np.where(alone, 0.0, beyond**2 / rest)
        if product:
            with_first, with_second = (g**2 * mass) @ two.T, (g * mass) @ (two**2).T
            along = np.where(alone, 0.0, (with_second - cosine * with_first) / np.sqrt(rest))
            size = (g**2 * mass) @ (two**2).T - cosine**2 / np.sum(mass) - with_first**2 - along**2
            side = (g * mass * y) @ two.T - with_first * p - along * beyond / np.sqrt(rest)
            gains += np.where(size > ALIKE / np.sum(mass), side**2 / np.maximum(size, 1e-300), 0.0)
        yield start, np.sum(mass * y**2) - gains


def _scaled(shapes: FloatArray, mass: FloatArray) -> FloatArray:
    """The shapes less their weighted means, with a weighted norm of 1 (0 for a constant)."""
    centred = shapes - (shapes @ mass / np.sum(mass))[:, None]
    norms = np.sqrt(np.maximum((centred**2) @ mass, 0))
    return np.asarray(centred / np.where(norms > 1e-12, norms, np.inf)[:, None])


def screen_beside(powers: FloatArray, shapes: FloatArray, y: FloatArray, w: FloatArray, *, product: bool) -> FloatArray:
    """Weighted error of a polynomial, whose `powers` have shape (n, d + 1), plus each row of `shapes` or times it."""
    basis, _ = np.linalg.qr(powers * w[:, None])
    target = y * w
    target = target - basis @ (basis.T @ target)
    blocks = shapes[:, :, None] * (powers if product else np.ones((len(y), 1))) * w[:, None]
    blocks = blocks - basis @ (basis.T @ blocks)
    size = np.maximum(np.linalg.norm(blocks, axis=1, keepdims=True), 1e-9)
    blocks = blocks / size
    gram = blocks.transpose(0, 2, 1) @ blocks + 1e-9 * np.eye(blocks.shape[2])
    sides = blocks.transpose(0, 2, 1) @ target
    return np.asarray(np.sum(target**2) - np.sum(sides * np.linalg.solve(gram, sides[:, :, None])[:, :, 0], axis=1))
