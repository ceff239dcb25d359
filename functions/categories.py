"""The table of categories. A category is one package and one line here.

The order is the order of ids in a suite, and a category's place seeds its generator: add a new one at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from findbench.functions.discovery import load_object
from findbench.functions.errors import SuiteError

if TYPE_CHECKING:
    from findbench.functions.category import Category

CATEGORIES: dict[str, str] = {
    "numeric": "findbench.functions.numeric.category:CATEGORY",
    "strings": "findbench.functions.strings.category:CATEGORY",
    "entities": "findbench.functions.entities.category:CATEGORY",
    "relations": "findbench.functions.relations.category:CATEGORY",
}
"""Name -> its `Category`, which is imported when it is first asked for: embeddings and fact tables take their time."""


def load_category(name: str) -> Category:
    """The category called `name`. Raises `SuiteError` when there is none."""
    if name not in CATEGORIES:
        raise SuiteError(f"there is no category {name!r} in this version: it has {', '.join(CATEGORIES)}")
    found: Category = load_object(CATEGORIES[name])
    return found


def in_order(names: Iterable[str]) -> list[str]:
    """Different names of categories in the order of the table; names that are not in it come last, sorted."""
    known = list(CATEGORIES)
    return sorted(set(names), key=lambda name: (known.index(name) if name in CATEGORIES else len(known), name))
