"""Concepts: a name, a lexicon and a calibration; the list of them, and the background they are calibrated against."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from findbench.functions.base import FloatArray, Spec
from findbench.functions.entities.embedding import embed, vocabulary

STORE = "concepts.json"
BACKGROUND = 1500
"""Common words that activations are calibrated against."""
DECIMALS = 4


class Concept(Spec):
    """One concept of a synthetic neuron. Activation = logistic((similarity - threshold) / scale)."""

    name: str
    """In English, plural or mass noun: `musical instruments`."""
    lexicon: tuple[str, ...]
    threshold: float
    scale: float


@lru_cache(maxsize=1)
def background() -> list[str]:
    """Common words: every so many of the tokenizer's words."""
    words = vocabulary()
    return words[:: max(1, len(words) // BACKGROUND)][:BACKGROUND]


@lru_cache(maxsize=1)
def _mean() -> NDArray[np.float64]:
    """Mean of the background's vectors: what all words share, and no concept is about."""
    return np.asarray(embed(background()).mean(axis=0))


def directions(words: list[str]) -> FloatArray:
    """Unit vectors (n, 256) without what all words share; zeros for an empty word."""
    vectors = embed(words)
    found = np.where(vectors.any(axis=1, keepdims=True), vectors - _mean(), 0.0)
    norms = np.sqrt(np.square(found).sum(axis=1, keepdims=True))
    return np.asarray(found / np.where(norms > 0, norms, 1.0))


@lru_cache(maxsize=1024)
def _centroid(lexicon: tuple[str, ...]) -> FloatArray:
    total = directions(list(lexicon)).sum(axis=0)
    return np.asarray(total / np.sqrt(np.square(total).sum()))


def similarities(lexicon: tuple[str, ...], vectors: FloatArray) -> FloatArray:
    """Cosine of each direction with the lexicon's centroid, shape (n,), to 6 decimals (equal on all machines)."""
    return np.asarray(np.round((vectors * _centroid(lexicon)).sum(axis=1), 6))


def responses(concept: Concept, vectors: FloatArray) -> FloatArray:
    """Shape (n,), 0 to 1: how strongly one concept responds to words of these directions."""
    z = (similarities(concept.lexicon, vectors) - concept.threshold) / concept.scale
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -60, 60))))


def activations(concepts: tuple[Concept, ...], words: list[str]) -> FloatArray:
    """Shape (n,), 0 to 1: the largest over the concepts, to 4 decimals; 0 for an empty word."""
    return _activations(concepts, directions(words))


def pool_activations(concepts: tuple[Concept, ...]) -> FloatArray:
    """The activations of the words of `pool`, in its order."""
    return _activations(concepts, _pool_directions())


def _activations(concepts: tuple[Concept, ...], vectors: FloatArray) -> FloatArray:
    out = np.zeros(len(vectors))
    for concept in concepts:
        out = np.maximum(out, responses(concept, vectors))
    return np.where(vectors.any(axis=1), np.round(out, DECIMALS), 0.0)


@lru_cache(maxsize=1)
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order of the list."""
    raw = json.loads(resources.files("findbench.functions.entities").joinpath(STORE).read_text(encoding="utf-8"))
    return tuple(Concept.model_validate({key: entry[key] for key in Concept.model_fields}) for entry in raw)


@lru_cache(maxsize=1)
def pool() -> tuple[str, ...]:
    """The words of the domain that held-out inputs are drawn from: all lexicons, then the background."""
    return tuple(dict.fromkeys([w for c in concepts() for w in c.lexicon] + background()))


@lru_cache(maxsize=1)
def _pool_directions() -> FloatArray:
    return directions(list(pool()))


@lru_cache(maxsize=2)
def active_words(least: float) -> dict[str, tuple[str, ...]]:
    """Name of each concept -> the words of the pool to which it responds with `least` or more."""
    found = {}
    for concept in concepts():
        active = pool_activations((concept,)) >= least
        found[concept.name] = tuple(word for word, is_active in zip(pool(), active, strict=True) if is_active)
    return found
