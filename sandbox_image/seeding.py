"""Random generators that start alike whenever a transcript is replayed."""

from __future__ import annotations

import random
import sys

TYPE_CHECKING = False  # the name that type checkers know; `typing` is not worth importing
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Seeding:
    """Reseeds every random generator that code is likely to use, so that a transcript replays.

    A finder of imports: `numpy.random` is seeded the moment it is imported, and by `__call__` from then on.
    """

    def __init__(self) -> None:
        self.seed = 0
        self._default_rng: Callable[[Any], Any] | None = None

    def __call__(self, seed: int) -> None:
        """Start every generator from `seed`."""
        self.seed = seed
        random.seed(seed)
        if self._default_rng is not None:
            self._seed_numpy(sys.modules["numpy.random"])

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - import's own names
        """The usual spec of `numpy.random`, with the seeding behind its loading; nothing of any other module."""
        if name != "numpy.random":
            return None
        sys.meta_path.remove(self)
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_seed(module: Any) -> None:
                execute(module)
                self._default_rng = module.default_rng
                self._seed_numpy(module)

            spec.loader.exec_module = execute_and_seed  # type: ignore[method-assign]
        return spec

    def _seed_numpy(self, module: Any) -> None:
        module.seed(self.seed & 0xFFFFFFFF)
        sequence, original = module.SeedSequence(self.seed), self._default_rng
        assert original is not None

        def default_rng(seed: Any = None) -> Any:
            return original(sequence.spawn(1)[0] if seed is None else seed)

        module.default_rng = default_rng  # an unseeded generator would not replay


reseed = Seeding()
"""Of this process and of all its forks."""
