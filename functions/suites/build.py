"""`python -m findbench.functions.suites.build [NAME...]`: make the built-in suites and store them as data.

Needed after a change of a generator (raise `VERSION` then). Networks that were trained on the way are stored too, so
that every other machine reproduces the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from findbench.functions.numeric.training import STORE, save_trained
from findbench.functions.suites.builtin import BUILTIN
from findbench.functions.suites.make import make_suite

DATA = Path(__file__).parent.parent / "data"


def main(names: list[str]) -> None:
    """Make the named suites (all without names)."""
    for name in names or list(BUILTIN):
        recipe = BUILTIN[name]
        suite = make_suite(name, recipe.seed, recipe.counts)
        save_trained(DATA / STORE)
        suite.save(DATA / f"{name}.suite.gz")
        print(f"{name}: {len(suite)} functions, checksum {suite.checksum}")


if __name__ == "__main__":
    main(sys.argv[1:])
