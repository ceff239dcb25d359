"""Weighted errors of many candidate shapes at once, in closed form, so that only the best need a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import FloatArray


def screen(shapes: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    """Weighted error of scale * shape + offset for every row of `shapes`, shape (K, n). Shape (K,)."""
    total = np.sum(w**2)
    mean_y = np.sum(w**2 * y) / total
    means = shapes @ (w**2) / total
    centred = (shapes - means[:, None]) * w
    target = (y - mean_y) * w
    size = np.maximum(np.sum(centred**2, axis=1), 1e-12)
    return np.asarray(np.sum(target**2) - (centred @ target) ** 2 / size)


def screen_pairs(one: FloatArray, others: FloatArray, y: FloatArray, w: FloatArray, *, product: bool) -> FloatArray:
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


def screen_beside(powers: FloatArray, shapes: FloatArray, y: FloatArray, w: FloatArray, *, product: bool) -> FloatArray:
    """Weighted error of a polynomial plus each row of `shapes`, or times (scale * row + offset). `powers`: (n, d + 1)."""
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
