"""The judges that ask a language model: which there are, one line for each, and what a person chooses of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from findbench.harness.schema.model import ModelSettings

_ROOM = "findbench.harness.scoring.judges"
JUDGES: dict[str, str] = {
    "unit_test": f"{_ROOM}.unit_test:UnitTestJudge",
    "prediction": f"{_ROOM}.prediction:PredictionJudge",
}
"""Name -> `module:Class`, made with a `Chat`. A score keeps the judge's number under its name, and the model's name
under `<name>_model`."""
DEFAULT_JUDGES = ("unit_test",)


@dataclass(frozen=True)
class JudgeSettings:
    """Which model judges the descriptions of a run, and as what."""

    model: ModelSettings
    judges: tuple[str, ...] = DEFAULT_JUDGES
    """Names of JUDGES."""
