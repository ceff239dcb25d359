"""Static word embeddings: the weights and the tokenizer that ship in the `wordllama` package, read directly."""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from json import loads
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from findbench.functions.errors import SuiteError

WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_LOADING = threading.Lock()
LONGEST = 200
"""Characters of an input that are looked at: a word or a phrase, not a text."""


def _file(name: str) -> Path:
    spec = find_spec("wordllama")  # its loader is not imported: it misses the bundled tokenizer, and asks the network
    if spec is None or not spec.submodule_search_locations:
        raise SuiteError("the embeddings of the entities are missing: install the package wordllama")
    return Path(spec.submodule_search_locations[0]) / name


def _tokenizer() -> Tokenizer:
    with _LOADING:  # many episodes end their first studies at once; a tokenizer takes 27 MB
        return _load_tokenizer()


@lru_cache(maxsize=1)
def _load_tokenizer() -> Tokenizer:
    found = Tokenizer.from_file(str(_file(TOKENIZER)))
    found.no_padding()
    found.no_truncation()
    return found


@lru_cache(maxsize=1)
def _vectors() -> NDArray[np.floating[Any]]:
    """Token id -> vector, shape (32000, 256). Stays in the file: a few thousand of its rows are ever looked at."""
    path = _file(WEIGHTS)
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        entry = next(v for k, v in loads(file.read(size)).items() if k != "__metadata__")
    kind = {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]
    start, _ = entry["data_offsets"]
    return np.memmap(path, dtype=kind, mode="r", offset=8 + size + start, shape=tuple(entry["shape"]))


@lru_cache(maxsize=1)
def vocabulary() -> list[str]:
    """Lower-case ASCII words of three letters or more that are single tokens, in the tokenizer's order."""
    tokens = _tokenizer().get_vocab()
    words = (token.removeprefix("▁") for token in sorted(tokens, key=lambda t: tokens[t]) if token.startswith("▁"))
    return [word for word in words if len(word) >= 3 and word.isascii() and word.isalpha() and word.islower()]


def embed(words: Sequence[str], *, longest: int = LONGEST) -> NDArray[np.float64]:
    """Unit vectors, shape (n, 256): the mean of the token vectors; zeros for an empty word. Total on any string.

    Of each, the first `longest` characters count."""
    cleaned = [" ".join(w[:longest].encode("utf-8", "replace").decode().casefold().split()) for w in words]
    encoded = _tokenizer().encode_batch(cleaned, add_special_tokens=False)
    out = np.zeros((len(words), _vectors().shape[1]))
    for i, (word, tokens) in enumerate(zip(cleaned, encoded, strict=True)):
        if word and tokens.ids:
            out[i] = _vectors()[tokens.ids].astype(np.float32).sum(axis=0, dtype=np.float64)
            out[i] /= np.sqrt(np.square(out[i]).sum()) or 1.0
    return out
