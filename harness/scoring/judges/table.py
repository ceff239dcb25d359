"""The judges that ask a language model: which there are, one line for each, and what a person chooses of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from findbench.harness.schema.model import ModelSettings


class Entry(NamedTuple):
    """One judge of the table."""

    path: str
    """Where it is, as `module:Class`, made with a `Chat`; imported only when it judges."""
    heading: str
    """What stands above its numbers in tables."""
    help: str
    """What its model is asked to do, for a person who chooses."""


_ROOM = "findbench.harness.scoring.judges"
JUDGES: dict[str, Entry] = {
    "unit_test": Entry(f"{_ROOM}.unit_test:UnitTestJudge", "unit test", "to choose outputs"),
    "prediction": Entry(f"{_ROOM}.prediction:PredictionJudge", "predicted", "to predict outputs"),
}
"""Name -> entry. A score keeps the judge's number under this name, in `Score.judged`."""
DEFAULT_JUDGES = ("unit_test",)


@dataclass(frozen=True)
class JudgeSettings:
    """Which model judges the descriptions of a run, and as what."""

    model: ModelSettings
    judges: tuple[str, ...] = DEFAULT_JUDGES
    """Names of JUDGES."""
