"""What an interpreter may know, what it submits, and what a person may choose about it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from findbench.harness.schema.base import Data, Text, Values
from findbench.harness.schema.limits import DEFAULT_BUDGET

DEFAULT_ROUNDS = 20
"""Replies of a language model per episode: as many as most episodes need, and a few more."""

Prior = Literal["none", "category", "families"]
"""How much a brief gives away: only the types of `f`; also its category; or also the families it may belong to."""


class Interpretation(Data):
    """What an interpreter submits, once."""

    description: Text = ""
    """What the function does, in plain words."""
    domain: Text = ""
    """For which inputs the description holds, and where the exceptions are, in plain words."""
    code: Text = ""
    """Python that defines `predict(x)`, or `TABLE`, a dict from input to output."""


class Brief(Data):
    """All that an interpreter may know of a function before it asks.

    Equal for every variant of a category, except what an interpreter declares to need.
    """

    category: str
    """The kind of function."""
    subject: str = ""
    """What the inputs are, in words, for instance `a country`; empty where the category says it all."""
    input_kind: str
    """What `f` takes: number, text, ..."""
    output_kind: str
    """What `f` gives: number, text, ..."""
    budget: int = Field(default=DEFAULT_BUDGET, ge=0)
    """Queries of `f` in the whole episode."""
    rounds: int = Field(default=DEFAULT_ROUNDS, ge=1)
    """Replies of a language model in the whole episode; the one that is forced at the end is not counted."""
    prior: Prior = "category"
    """How much the interpreter is told about the function beforehand."""
    exemplar_inputs: Values = ()
    """Inputs that show the function well, for interpreters that declare to need exemplars; for others empty."""
    form: str | None = None
    """The function's form without its parameters, for interpreters that declare to need it: a frame for the scores of
    those that must find it."""
    stdout_bytes: int = Field(default=16384, ge=0)
    """Bytes of stdout that come back from one experiment."""
    seconds: float = Field(default=30.0, gt=0)
    """Time limit of one experiment."""
    seed: int = Field(default=0, ge=0)
    """The episode's seed, the only source of randomness of an interpreter."""


class InterpreterSettings(Data):
    """What a person may choose about an interpreter; recorded in run.json. Classical interpreters ignore it."""

    protocol: Literal["auto", "native", "text"] = "auto"
    """How a model runs experiments: by native tool calls, in plain text, or (`auto`) by what it is found to support."""
    code: bool = True
    """Whether a model writes Python; if not, it only names inputs and gets values."""
    prompts: Path | None = None
    """Directory with your own prompt files, used instead of the built-in ones."""
    reminders: int = Field(default=3, ge=0)
    """Reminders of the format per episode, after which the model is asked to submit."""
