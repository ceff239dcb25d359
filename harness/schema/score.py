"""What a score is: every number that an episode gets. `docs/scoring.md` defines each with its formula."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from findbench.harness.schema.base import Data, Text


class Score(Data):
    """The score of one interpretation. None: the function's category has no such number."""

    model_config = ConfigDict(allow_inf_nan=False)

    pass_: bool | None = None
    """`global` and every local region reach the pass share."""
    global_: float | None = Field(default=None, ge=0, le=1)
    """Share right on held-out global inputs."""
    local: float | None = Field(default=None, ge=0, le=1)
    """The worst region's share; None without regions."""
    regions: dict[str, float] = Field(default={})
    """Share right in each local region."""
    find_nmse: bool | None = None
    """FIND's success: NMSE < 0.1 on its public grid."""
    nmse: float | None = Field(default=None, ge=0)
    """FIND's error itself; None: not finite, or no answer."""
    centred_nmse: float | None = Field(default=None, ge=0)
    """Squared error over variance, on held-out inputs."""
    find_match: float | None = Field(default=None, ge=0, le=1)
    """FIND's mean exact match (text outputs)."""
    auc: float | None = Field(default=None, ge=0, le=1)
    """Entities: submitted score against activation."""
    description: float | None = Field(default=None, ge=0, le=1)
    """Retrieval judge: 1 when the description finds the truth among others."""
    unit_test: float | None = Field(default=None, ge=0, le=1)
    """Share of a model's three-way choices right."""
    unit_test_model: Text | None = None
    """The model that chose; its name at its server."""
    prediction: float | None = Field(default=None, ge=0, le=1)
    """Share of outputs that a model predicts from the description alone."""
    prediction_model: Text | None = None
    """The model that predicted; its name at its server."""
    flags: tuple[str, ...] = ()
    """What was wrong: no_code, too_long, stateful, timeout, ..."""
    error: Text | None = None
    """First error of the submitted code (text of unknown origin)."""
    overlap: float = Field(default=0.0, ge=0, le=1)
    """Share of held-out inputs that were queried before."""
    description_length: int = 0
    """Characters of the description."""
    code_length: int = 0
    """Characters of the code."""
