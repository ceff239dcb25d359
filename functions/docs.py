"""`python -m findbench.functions.docs`: write `docs/functions.md` and its pictures from the code, to keep them true."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from findbench.functions.base import input_key
from findbench.functions.categories import CATEGORIES, load_category
from findbench.functions.markdown import table
from findbench.functions.numeric.page import PICTURES
from findbench.functions.numeric.pictures import draw_atoms, draw_variants, example_specs
from findbench.functions.suites.builtin import BUILTIN, load_suite

if TYPE_CHECKING:
    from findbench.functions.suites.suite import Suite

DOCS = Path(__file__).resolve().parent.parent / "docs"
EXAMPLES = 4
"""Functions shown of each category that has no page of its own."""


def render() -> str:
    """The text of `docs/functions.md`."""
    mini = load_suite("mini")
    parts = [
        "# The function space",
        "Written by `python -m findbench.functions.docs` from the code; change the code, not this page.",
        *_suites(),
    ]
    for name in CATEGORIES:
        category = load_category(name)
        parts += [f"## {name.capitalize()}", category.introduction]
        parts += category.page(mini) if category.page is not None else _examples(mini, name)
    return "\n\n".join(parts) + "\n"


def _suites() -> list[str]:
    rows = []
    for name, recipe in BUILTIN.items():
        suite = load_suite(name)
        rows.append([f"`{name}`", *suite.counts.values(), recipe.seed, f"`{suite.checksum[:12]}`", recipe.purpose])
    find = load_suite("find")
    variants = []
    for category in find.counts:
        tags = Counter(tag for key in find.ids(category) for tag in find[key].tags)
        variants.append([category, ", ".join(f"{count} {tag}" for tag, count in sorted(tags.items()))])
    return [
        "## Suites",
        "A suite is made from a seed, and identified by the checksum of its contents. Equal seed and version of "
        "the generators: equal bytes.",
        table(["name", *CATEGORIES, "seed", "checksum", "for"], rows),
        "    findbench suite ls                         # the built-in suites\n"
        "    findbench suite ls mini                    # the functions of one\n"
        "    findbench suite show numeric/0003 --suite mini\n"
        "    findbench suite make --seed 7 --numeric 50 --strings 50 --out mine.suite.gz\n"
        "    findbench audit mine.suite.gz              # proof that every function is sound",
        "Variants in `find`:",
        table(["category", "functions with the label"], variants),
    ]


def _examples(suite: Suite, category: str) -> list[str]:
    parts = []
    ids = suite.ids(category)
    for key in ids[:: max(1, len(ids) // EXAMPLES)][:EXAMPLES]:
        function = suite[key]
        inputs = function.exemplars(np.random.default_rng(0), 4)
        pairs = zip(input_key(inputs), input_key(function.target(inputs)), strict=True)
        parts.append(f"`{key}` of `{suite.name}` ({', '.join(function.tags)}):\n\n> {function.description}")
        parts.append(table(["input", "output"], [[_cell(x), _cell(y)] for x, y in pairs]))
    return parts


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"`{value}`" if value else "(empty)"


def main() -> None:
    """Write the page and the pictures."""
    (DOCS / PICTURES).mkdir(parents=True, exist_ok=True)
    draw_atoms(DOCS / PICTURES / "atoms.png")
    draw_variants(DOCS / PICTURES / "variants.png", example_specs())
    (DOCS / "functions.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
