"""What an interpreter may know, what it hands in, and what a person may choose about it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Prior = Literal["none", "category", "families"]
"""How much a brief gives away: the types of `f` alone, its kind of function too, or the families it may be of too."""


class Interpretation(BaseModel):
    """What an interpreter submits, once: free text, free text, and Python that defines `predict(x)` (or `TABLE`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    domain: str = ""
    code: str = ""


class Brief(BaseModel):
    """All that an interpreter may know of a function before it asks. Equal for every variant of a category."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str
    input_kind: str
    output_kind: str
    budget: int = Field(default=1000, ge=0, description="queries to `f` in the whole episode")
    rounds: int = Field(
        default=20, ge=1, description="replies of a language model in the whole episode, forced one apart"
    )
    prior: Prior = "category"
    exemplar_inputs: tuple[float, ...] | tuple[str, ...] = Field(
        default=(), description="inputs that show the function off, for the interpreters that start from exemplars"
    )
    seconds: float = Field(default=30.0, gt=0, description="time limit of one experiment")
    seed: int = Field(default=0, ge=0, description="of the episode; the only source of randomness of an interpreter")


class InterpreterSettings(BaseModel):
    """What a person may choose about an interpreter; recorded in run.json. Classical interpreters ignore it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Literal["auto", "native", "text"] = Field(
        default="auto", description="how a model runs experiments: native tool calls, plain text, or find out once"
    )
    code: bool = Field(default=True, description="False: the model only names inputs and gets values (--no-code)")
    prompts: Path | None = Field(default=None, description="directory with one's own prompt files, instead of ours")
    reminders: int = Field(default=3, ge=0, description="format reminders in one episode before it is asked to submit")
