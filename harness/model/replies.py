"""What a server sends, strictly read into our own types and bounds: a reply, its tool calls, its usage."""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from findbench.harness.schema.base import Data
from findbench.harness.schema.notes import Finish, ToolCall
from findbench.harness.schema.usage import Usage

MAX_TOKENS = 10**9
"""Tokens that one request can have used; a server that tells more has told nothing."""
MAX_TOOL_CALLS = 100
"""Tool calls of one reply that are read. Each is answered, and all of that is sent again in every later request."""
MAX_ALTERNATIVES = 100
"""Alternatives of a token that are read."""
MAX_NAME = 200
"""Characters of a server's own names: of a model, of a tool call."""


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
    top_logprobs: list[_Alternative]


class _Logprobs(_Loose):
    content: list[_Token]


class _Choice(_Loose):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Counts(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)  # True is no count of tokens, and neither is "7"


class _PromptDetails(_Counts):
    cached_tokens: int | None = Field(default=None, ge=0, le=MAX_TOKENS)


class _CompletionDetails(_Counts):
    reasoning_tokens: int | None = Field(default=None, ge=0, le=MAX_TOKENS)


class _Usage(_Counts):
    prompt_tokens: int = Field(ge=0, le=MAX_TOKENS)
    completion_tokens: int = Field(ge=0, le=MAX_TOKENS)
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


def parse_reply(body: bytes, *, sent_bytes: int) -> Reply:
    """A reply from the body of an HTTP 200. Raises ValueError, one line, when it is not a chat completion.

    `sent_bytes`: size of what was sent, to estimate tokens from when the server tells no usage.
    """
    completion = _dictionary(from_json(body), "the reply")
    model = completion.get("model")
    choices = completion.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ValueError("choices: a list with at least one element is missing")
    choice = _first_choice(choices[0])
    message = choice.message
    calls = []
    for number, call in enumerate(message.tool_calls or []):
        arguments = call.function.arguments
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        # Some servers give no ids; the answer to a call needs one.
        id_ = call.id if call.id and len(call.id) <= MAX_NAME else f"call_{number}"
        calls.append(ToolCall(id=id_, name=call.function.name[:MAX_NAME], arguments=text))
    finish: Finish = "stop"
    if choice.finish_reason in ("length", "content_filter"):
        finish = "length" if choice.finish_reason == "length" else "content_filter"
    elif calls:
        finish = "tool_calls"
    alternatives = choice.logprobs.content[0].top_logprobs if choice.logprobs else []
    return Reply(
        text=message.content or "",
        reasoning=message.reasoning_content or message.reasoning or "",
        refusal=message.refusal or "",
        tool_calls=tuple(calls),
        finish=finish,
        model=model[:MAX_NAME] if isinstance(model, str) else "",
        top_logprobs=tuple((a.token, a.logprob) for a in alternatives if not math.isnan(a.logprob)),
        usage=_usage(completion.get("usage"), sent_bytes, len(body)),
    )


def _first_choice(data: object) -> _Choice:
    """The choice in `data`. Lists are cut before they are validated: each of a million wrong items is an error."""
    choice = dict(_dictionary(data, "choices.0"))
    message = dict(_dictionary(choice.get("message"), "choices.0.message"))
    if isinstance(message.get("tool_calls"), list):
        message["tool_calls"] = message["tool_calls"][:MAX_TOOL_CALLS]
    choice["message"] = message
    logprobs = choice.get("logprobs")
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if isinstance(tokens, list) and tokens and isinstance(tokens[0], dict):
        alternatives = tokens[0].get("top_logprobs")
        first = {"top_logprobs": alternatives[:MAX_ALTERNATIVES] if isinstance(alternatives, list) else []}
        choice["logprobs"] = {"content": [first]}
    else:
        choice["logprobs"] = None
    try:
        return _Choice.model_validate(choice)
    except ValidationError as error:
        first_error = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in ("choices", 0, *first_error["loc"]))
        raise ValueError(f"{where}: {first_error['msg']}") from None


def _dictionary(data: object, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"{what} is not a JSON object")
    return data


def _usage(told: object, sent_bytes: int, received_bytes: int) -> Usage:
    """What the server told, or an estimate when it told nothing or what cannot be."""
    try:
        usage = _Usage.model_validate(told)
    except ValidationError:
        return Usage(prompt_tokens=sent_bytes // 4, completion_tokens=received_bytes // 4, calls=1, estimated=True)
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=(completion.reasoning_tokens or 0) if completion else 0,
        cached_tokens=(prompt.cached_tokens or 0) if prompt else 0,
        calls=1,
    )
