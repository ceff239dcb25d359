"""What a score is: every number that an episode gets. `docs/scoring.md` defines each with its formula."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Score(BaseModel):
    """The score of one interpretation. None: the function's category has no such number."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    pass_: bool | None = Field(default=None, description="`global` and every local region reach the pass share")
    global_: float | None = Field(default=None, ge=0, le=1, description="share right on held-out global inputs")
    local: float | None = Field(default=None, ge=0, le=1, description="the worst region's share; None without regions")
    regions: dict[str, float] = Field(default={}, description="share right in each local region")
    find_nmse: bool | None = Field(default=None, description="FIND's success: NMSE < 0.1 on its public grid")
    nmse: float | None = Field(default=None, ge=0, description="FIND's error itself; None: not finite, or no answer")
    centred_nmse: float | None = Field(default=None, ge=0, description="squared error over variance, held-out inputs")
    find_match: float | None = Field(default=None, ge=0, le=1, description="FIND's mean exact match (text outputs)")
    auc: float | None = Field(default=None, ge=0, le=1, description="entities: submitted score against activation")
    description: float | None = Field(default=None, ge=0, le=1, description="retrieval judge: finds the truth")
    unit_test: float | None = Field(default=None, ge=0, le=1, description="share of a model's three-way choices right")
    unit_test_model: str | None = Field(default=None, description="the model that chose; its name at its server")
    prediction: float | None = Field(
        default=None, ge=0, le=1, description="share of outputs that a model predicts from the description alone"
    )
    prediction_model: str | None = Field(default=None, description="the model that predicted; its name at its server")
    flags: tuple[str, ...] = Field(default=(), description="what was wrong: no_code, too_long, stateful, timeout, ...")
    error: str | None = Field(default=None, description="first error of the submitted code (text of unknown origin)")
    overlap: float = Field(default=0.0, ge=0, le=1, description="share of held-out inputs that were queried before")
    description_length: int = Field(default=0, description="characters")
    code_length: int = Field(default=0, description="characters")
