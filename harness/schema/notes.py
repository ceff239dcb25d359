"""Notes: what an interpreter wants kept in the transcript beside its experiments, one type for each kind."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from findbench.harness.schema.base import Data, Json, Text
from findbench.harness.schema.usage import Usage

Finish = Literal["stop", "tool_calls", "length", "content_filter"]
"""Why a reply ended: by itself, with tool calls, cut at its limit of length, withheld by a content filter."""


class ToolCall(Data):
    """One tool call as the model wrote it."""

    id: Text
    """What the answer to the call refers to."""
    name: Text
    """The tool."""
    arguments: Text
    """Text that may or may not be JSON."""


class MessageNote(Data):
    """A message of the conversation with a model. Everything said, in order, except the outputs of experiments, which
    the transcript has already."""

    type: Literal["message"] = "message"
    role: Text
    """system, user or assistant."""
    content: Text
    """What was said; empty when a reply holds only tool calls."""
    reasoning: Text = ""
    """What the server sent of the model's reasoning."""
    refusal: Text = ""
    """Why the model declined."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tools that the model called."""
    finish: Finish = "stop"
    """Why the reply ended."""
    model: Text = ""
    """The model of a reply, as its server names it."""


class UsageNote(Data):
    """What one reply of a model used. The episode's usage is the sum of these."""

    type: Literal["usage"] = "usage"
    usage: Usage
    """Tokens and money."""
    seconds: float = Field(ge=0)
    """Wall-clock seconds from request to reply."""


class RetryNote(Data):
    """A request to the model failed and is tried again."""

    type: Literal["retry"] = "retry"
    why: Text
    """What went wrong, on one line."""
    attempt: int = Field(ge=1)
    """Number of the attempt that failed."""
    seconds: float = Field(ge=0)
    """Seconds to wait before the next one."""


class ReminderNote(Data):
    """The model was reminded of how to go on."""

    type: Literal["reminder"] = "reminder"
    why: Text
    """format, missing, refusal, arguments, repetition, ...: the name of the prompt that reminds."""


class TrimmedNote(Data):
    """Part of the conversation is no longer sent, because the model's context is full."""

    type: Literal["trimmed"] = "trimmed"
    what: Text
    """What is left out."""


class ForcedNote(Data):
    """No round is left: what follows was asked for as a last submission."""

    type: Literal["forced"] = "forced"
    why: Text
    """rounds or reminders: what ran out."""


class ProtocolNote(Data):
    """How the model works in this episode."""

    type: Literal["protocol"] = "protocol"
    protocol: Literal["native", "text"]
    """By native tool calls or in plain text."""
    prompts: Text
    """Version of the prompts: a hash of their texts."""
    code: bool
    """Whether the model writes Python, or only names inputs."""


class AttemptNote(Data):
    """What went before broke through no fault of the episode's; from here the interpreter begins anew."""

    type: Literal["attempt"] = "attempt"
    number: int = Field(ge=2)
    """Number of the attempt that begins."""
    why: Text
    """What broke, on one line."""
    queries: int = Field(ge=0)
    """Queries that were made before, in the experiment that was cut off too: they count."""
    experiments: int = Field(ge=0)
    """Experiments that were begun before: the seeds of those that follow go on from there."""


class HypothesisNote(Data):
    """What a classical interpreter came to believe, and the figures that led it there."""

    type: Literal["hypothesis"] = "hypothesis"
    hypothesis: Text
    """The hypothesis in a few words."""
    figures: dict[str, float | int | bool | Text | None] = Field(default={})
    """Name -> value: how well it explains what was observed, how many others are left, ..."""


class CustomNote(Data):
    """A note of your own interpreter's, of any kind."""

    type: Literal["note"] = "note"
    kind: Text
    """One word that says what it is."""
    data: dict[Text, Json] = Field(default={})
    """Anything that JSON can hold."""


Note = (
    MessageNote
    | UsageNote
    | RetryNote
    | ReminderNote
    | TrimmedNote
    | ForcedNote
    | ProtocolNote
    | AttemptNote
    | HypothesisNote
    | CustomNote
)
"""Any note: what `LabLike.note` takes."""
