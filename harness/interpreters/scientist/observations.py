"""What one episode has observed of a function of texts: each input is asked at most once, as far as the budget goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike

Output = TypeVar("Output")


class Observations(Generic[Output]):
    """Inputs and outputs of one episode."""

    def __init__(self, lab: LabLike, ask: Callable[[LabLike, Sequence[str]], list[Output]]) -> None:
        self._lab = lab
        self._ask = ask
        self._failed = False
        self.observed: dict[str, Output] = {}
        """Input -> output, in the order asked."""

    @property
    def can_ask(self) -> bool:
        """Whether more can be observed: there is budget left, and no experiment has failed or printed anything else."""
        return not self._failed and self._lab.remaining > 0

    def written(self, key: str) -> str:
        """The input as it is asked; a subclass may know inputs by another name."""
        return key

    def observe(self, keys: Iterable[str]) -> dict[str, Output]:
        """Ask for those that have not been observed yet, as far as the budget goes, and return what is new."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self.observed][: max(0, self._lab.remaining)]
        outputs = self._ask(self._lab, [self.written(key) for key in wanted])
        self._failed = self._failed or len(outputs) < len(wanted)
        new = dict(zip(wanted, outputs, strict=False))
        self.observed.update(new)
        return new
