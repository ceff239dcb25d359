"""The steps of set-up by name: each makes sure of one thing and says in one line what is there now."""

from __future__ import annotations

from collections.abc import Callable

from findbench.harness.errors import EngineError
from findbench.harness.setup import say


def run(name: str) -> None:
    """Run the step `name` of `STEPS`. Raises EngineError that names the step."""
    try:
        say(STEPS[name]())
    except EngineError as error:
        raise EngineError(f"step `{name}` failed: {error}") from error


def _engine() -> str:
    from findbench.harness.setup import engine

    return f"container engine {engine.ensure()} answers"


def _image() -> str:
    from findbench.harness.sandbox import image

    return f"sandbox image {image.ensure().tag} is ready"


def _gvisor() -> str:
    from findbench.harness.setup import gvisor

    return f"gVisor is a runtime of the engine ({gvisor.install()})"


STEPS: dict[str, Callable[[], str]] = {"engine": _engine, "image": _image, "gvisor": _gvisor}
"""Name -> what makes sure of it; the engine comes first, since the others need it."""
DEFAULT = ("engine", "image")
"""What labs need; gVisor changes the engine's configuration, so it comes only when it is named."""
