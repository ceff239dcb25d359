"""Imports into a process that others will be forks of, so that each of these has them for nothing."""

from __future__ import annotations

import gc
import sys


def load_numpy() -> None:
    """Import numpy, and what else every lab with `f` will want, into the process that the others are forks of."""
    if "numpy" in sys.modules:
        return
    gc.disable()  # there is nothing to collect yet, and looking for it takes a fifth of the time
    import linecache  # noqa: F401 - its users import it where they need it

    from . import calls  # noqa: F401 - and numpy with it

    freeze()


def freeze() -> None:
    """No collection ever looks at (and thereby copies) what the forks share."""
    gc.freeze()
    gc.enable()
