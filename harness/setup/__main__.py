"""`python -m findbench.harness.setup engine image`: the steps of set-up by name, in order, each with one line."""

from __future__ import annotations

import sys
from collections.abc import Callable

from findbench.harness.errors import FindbenchError


def _engine() -> str:
    from findbench.harness.setup import engine

    return f"container engine {engine.ensure()} answers"


def _image() -> str:
    from findbench.harness.sandbox import image

    found = image.ensure()
    return f"sandbox image {found.tag} is ready"


def _gvisor() -> str:
    from findbench.harness.setup import gvisor

    return f"gVisor is a runtime of the engine ({gvisor.install()})"


STEPS: dict[str, Callable[[], str]] = {"engine": _engine, "image": _image, "gvisor": _gvisor}


def main(names: list[str]) -> int:
    """Run the named steps; exit code 2 with one line when one fails."""
    from findbench.harness.setup import say

    for name in names:
        if name not in STEPS:
            print(f"setup: no step {name!r}; there are: {' '.join(STEPS)}", file=sys.stderr)
            return 2
        try:
            say(STEPS[name]())
        except FindbenchError as error:
            print(f"setup: step `{name}` failed: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
