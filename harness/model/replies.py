"""What a server sends, strictly read into our own types: a reply, its tool calls, its usage."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from findbench.harness.schema.base import Data
from findbench.harness.schema.notes import Finish, ToolCall
from findbench.harness.schema.usage import Usage


class Reply(Data):
    """One reply of a model."""

    text: str = ""
    """What it says."""
    reasoning: str = ""
    """Its reasoning, if the server sends it."""
    refusal: str = ""
    """Why it declines, if it does."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tools that it calls."""
    finish: Finish = "stop"
    """Why it ended."""
    model: str = ""
    """The model, as its server names it."""
    top_logprobs: tuple[tuple[str, float], ...] = ()
    """Alternatives of the first token with their log-probabilities, if they were asked for."""
    usage: Usage = Usage()
    """Tokens and money."""
    seconds: float = 0.0
    """Wall-clock seconds from request to reply."""


class _Loose(BaseModel):
    """Servers add fields of their own; what we do not know we do not read."""

    model_config = ConfigDict(extra="ignore")


class _ToolFunction(_Loose):
    name: str = ""
    arguments: str | dict[str, Any] | None = None


class _ToolCall(_Loose):
    id: str | None = None
    function: _ToolFunction


class _Message(_Loose):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Alternative(_Loose):
    token: str
    logprob: float


class _Token(_Loose):
    top_logprobs: list[_Alternative] = []


class _Logprobs(_Loose):
    content: list[_Token] | None = None


class _Choice(_Loose):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _PromptDetails(_Loose):
    cached_tokens: int | None = Field(default=None, ge=0)


class _CompletionDetails(_Loose):
    reasoning_tokens: int | None = Field(default=None, ge=0)


class _Usage(_Loose):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Completion(_Loose):
    model: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def parse_reply(body: bytes, *, sent_bytes: int) -> Reply:
    """A reply from the body of an HTTP 200. Raises ValueError, one line, when it is not a chat completion.

    `sent_bytes`: size of what was sent, to estimate tokens from when the server tells no usage.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from None
    choice = completion.choices[0]
    message = choice.message
    calls = []
    for number, call in enumerate(message.tool_calls or []):
        arguments = call.function.arguments
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        # Some servers give no ids; the answer to a call needs one.
        calls.append(ToolCall(id=call.id or f"call_{number}", name=call.function.name, arguments=text))
    finish: Finish = "stop"
    if choice.finish_reason in ("length", "content_filter"):
        finish = "length" if choice.finish_reason == "length" else "content_filter"
    elif calls:
        finish = "tool_calls"
    tokens = choice.logprobs.content if choice.logprobs and choice.logprobs.content else []
    return Reply(
        text=message.content or "",
        reasoning=message.reasoning_content or message.reasoning or "",
        refusal=message.refusal or "",
        tool_calls=tuple(calls),
        finish=finish,
        model=completion.model or "",
        top_logprobs=tuple((a.token, a.logprob) for a in tokens[0].top_logprobs) if tokens else (),
        usage=_usage(completion.usage, sent_bytes, len(body)),
    )


def _usage(usage: _Usage | None, sent_bytes: int, received_bytes: int) -> Usage:
    if usage is None:
        return Usage(prompt_tokens=sent_bytes // 4, completion_tokens=received_bytes // 4, calls=1, estimated=True)
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=(completion.reasoning_tokens or 0) if completion else 0,
        cached_tokens=(prompt.cached_tokens or 0) if prompt else 0,
        calls=1,
    )
