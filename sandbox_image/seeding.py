"""Random generators that start alike whenever a transcript is replayed."""

from __future__ import annotations

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _of_random(module: Any) -> Callable[[int], None]:
    return module.seed  # type: ignore[no-any-return]


def _of_numpy_random(module: Any) -> Callable[[int], None]:
    seed_legacy, sequence_of, original = module.seed, module.SeedSequence, module.default_rng

    def start(number: int) -> None:
        seed_legacy(number & 0xFFFFFFFF)
        sequence = sequence_of(number)

        def default_rng(seed: Any = None) -> Any:
            return original(sequence.spawn(1)[0] if seed is None else seed)

        module.default_rng = default_rng  # an unseeded generator would not replay

    return start


_STARTERS = {"random": _of_random, "numpy.random": _of_numpy_random}
"""By the name of a module: from the module just imported, what starts all its generators from a number."""


class Seeding:
    """Reseeds every random generator that code is likely to use, so that a transcript replays.

    A finder of imports: a module of generators is seeded the moment it is imported, and by `__call__` from then on.
    """

    def __init__(self) -> None:
        self.seed = 0
        self._started: dict[str, Callable[[int], None]] = {}

    def __call__(self, seed: int) -> None:
        """Start every generator from `seed`."""
        self.seed = seed
        for start in self._started.values():
            start(seed)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - import's own names
        """The usual spec of a module of generators, with the seeding behind its loading; nothing of any other."""
        starter = _STARTERS.get(name)
        if starter is None:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_seed(module: Any) -> None:
                execute(module)
                self._started[name] = starter(module)
                self._started[name](self.seed)

            spec.loader.exec_module = execute_and_seed  # type: ignore[method-assign]
        return spec


reseed = Seeding()
"""Of this process and of all its forks."""
