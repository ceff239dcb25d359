"""The embedded model: mean-pooled word embeddings of wordllama, read from its package, without network."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from functions.base import FloatArray

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


@lru_cache(maxsize=1)
def _model() -> tuple[Tokenizer, FloatArray]:
    """Tokenizer and vectors (tokens, 256). wordllama's own loader looks for the tokenizer on the network."""
    found = importlib.util.find_spec("wordllama")
    assert found is not None
    assert found.origin is not None  # wordllama is a locked dependency
    home = Path(found.origin).parent
    tokenizer = Tokenizer.from_file(str(home / _TOKENIZER))
    tokenizer.no_padding()
    (vectors,) = load_file(home / _WEIGHTS).values()
    return tokenizer, vectors.astype(np.float64)


def embed(texts: Sequence[str]) -> FloatArray:
    """Unit vectors (n, 256), the mean over the tokens of each text; zeros for an empty one."""
    tokenizer, vectors = _model()
    rows = []
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        mean = vectors[encoding.ids].mean(axis=0) if encoding.ids else np.zeros(vectors.shape[1])
        norm = float(np.linalg.norm(mean))
        rows.append(mean / norm if norm else mean)
    return np.array(rows)
