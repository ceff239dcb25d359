"""The suites that ship with the package, and finding a suite by name or path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from findbench.functions.errors import SuiteError
from findbench.functions.suites.suite import Suite


@dataclass(frozen=True)
class Recipe:
    """How a built-in suite is made."""

    seed: int
    counts: Mapping[str, int]
    """Category -> number of its functions."""
    purpose: str


BUILTIN: dict[str, Recipe] = {
    "find": Recipe(2309, {"numeric": 1000, "strings": 1000, "entities": 200, "relations": 75}, "the full size of FIND"),
    "mini": Recipe(25, {"numeric": 25, "strings": 25, "entities": 25, "relations": 25}, "stratified, for development"),
    "smoke": Recipe(
        4, {"numeric": 4, "strings": 4, "entities": 4, "relations": 4}, "the least that covers every variant"
    ),
}


@lru_cache(maxsize=8)
def _builtin(name: str) -> Suite:
    data = resources.files("findbench.functions.data").joinpath(f"{name}.suite.gz").read_bytes()
    return Suite.from_bytes(data, f"built-in suite {name}")


def load_suite(name_or_path: str | Path) -> Suite:
    """A built-in suite by name, or a suite file by path. Raises `SuiteError` (one line): no such suite, or damaged."""
    name = str(name_or_path)
    if name in BUILTIN:
        return _builtin(name)
    path = Path(name_or_path)
    if not path.is_file():
        raise SuiteError(f"no suite {name!r}: it is neither a file nor one of {', '.join(BUILTIN)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SuiteError(f"cannot read suite {name}: {error.strerror}") from error
    return Suite.from_bytes(data, name)
