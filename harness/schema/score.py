"""What a score is: every number that an episode gets. `docs/scoring.md` defines each with its formula."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from findbench.harness.schema.base import Data, Text


class Judgement(Data):
    """What a judge that asks a language model gave to one description."""

    share: float = Field(ge=0, le=1, allow_inf_nan=False)
    """The judge's score."""
    model: Text
    """The model that was asked, as its server names it."""


class Score(Data):
    """The score of one interpretation. A field is None where the function has no such number."""

    model_config = ConfigDict(allow_inf_nan=False)

    pass_: bool | None = None
    """Whether `global_` and every region that decides reach the share that is needed to pass."""
    global_: float | None = Field(default=None, ge=0, le=1)
    """Share right on held-out global inputs."""
    local: float | None = Field(default=None, ge=0, le=1)
    """The worst deciding region's share; None without regions."""
    regions: dict[str, float] = Field(default={})
    """Share right in each local region."""
    beyond: float | None = Field(default=None, ge=0, le=1)
    """Share right on inputs outside what may be queried, where a table has nothing to say."""
    edge: float | None = Field(default=None, ge=0, le=1)
    """Share right close to where the output jumps."""
    find_nmse: bool | None = None
    """FIND's success: whether `nmse` < 0.1 on its public grid."""
    nmse: float | None = Field(default=None, ge=0)
    """FIND's error; None also when it is not finite or an answer is missing."""
    centred_nmse: float | None = Field(default=None, ge=0)
    """Squared error divided by variance, on held-out inputs: predicting the mean gives 1."""
    find_match: float | None = Field(default=None, ge=0, le=1)
    """FIND's mean exact match, for outputs that are texts."""
    auc: float | None = Field(default=None, ge=0, le=1)
    """Entities: how well the submitted code ranks active inputs before others (area under the ROC curve)."""
    judged: dict[str, Judgement] = Field(default={})
    """What each judge that asks a language model gave, by its name in harness/scoring/judges/table.py."""
    flags: tuple[str, ...] = ()
    """What was wrong: no_code, too_long, stateful, timeout, ..."""
    error: Text | None = None
    """The first error of the submitted code (text of unknown origin)."""
    overlap: float = Field(default=0.0, ge=0, le=1)
    """Share of held-out inputs that were queried before."""
    description_length: int = 0
    """Characters of the description."""
    code_length: int = 0
    """Characters of the code."""
