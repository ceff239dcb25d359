"""What went wrong with a request, told apart: wait and try again, send less, give up this episode, stop the run."""

from __future__ import annotations

import contextlib
import email.utils
import math
import re
import time
from dataclasses import dataclass
from typing import Literal

import httpx2
import openai

from findbench.harness.errors import ContextOverflow, FatalModelError, ModelError

Why = Literal["rate limit", "overload", "timeout", "connection", "broken reply"]

_OVERFLOW = re.compile(
    r"context.?(length|size|window)|maximum context|(prompt|input) is too long|too many (input )?tokens"
    r"|exceeds? .{0,40}context",
    re.IGNORECASE,
)
_CONTEXT_SIZE = re.compile(r"maximum context length (?:is|of) (\d+)", re.IGNORECASE)
_FILTER = re.compile(r"content.?(filter|policy)|content management policy|safety system", re.IGNORECASE)
_TOOLS = re.compile(r"\btools?\b|tool_choice|function.?call", re.IGNORECASE)
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
DROPPABLE = ("temperature", "seed", "max_tokens", "max_completion_tokens", "top_logprobs", "logprobs")
"""Parameters that some models refuse and that an episode can do without."""


class Transient(Exception):  # noqa: N818 - not an error yet: it is tried again
    """May go away by itself. `retry_after`: seconds that the server asked for."""

    def __init__(self, why: Why, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why: Why = why
        self.retry_after = retry_after


class Refused(Exception):  # noqa: N818 - an outcome, not a fault
    """The server's content filter turned the prompt down."""


class NoTools(ModelError):  # noqa: N818 - a property of the server
    """The server or the model cannot do native tool calls."""


class Unsupported(Exception):  # noqa: N818 - answered by leaving the parameter out
    """The model refuses one of the droppable parameters."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


class Overflow(ContextOverflow):
    """Too long for the context. `size`: tokens of the context when the server told."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"the messages do not fit the model's context: {detail}")
        found = _CONTEXT_SIZE.search(detail)
        self.size = int(found[1]) if found else None


@dataclass(frozen=True)
class Server:
    """What an error line names. Never the key: `scrub` takes it out of everything that a server echoes."""

    model: str
    url: str
    key: str

    def scrub(self, text: str) -> str:
        """`text` on one line of at most 300 characters, without the key."""
        line = " ".join(text.split())
        return line.replace(self.key, "[key]")[:300]


def translate(error: Exception, server: Server, *, tools: bool) -> Exception:
    """The failure that `error` (of the SDK or of the transport) stands for. `tools`: the request offered tools."""
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return Transient("timeout", f"no reply from {server.url} in time")
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, server, tools=tools)
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        reason = error.__cause__ or error
        return Transient("connection", server.scrub(f"{server.url}: {reason}"))
    if isinstance(error, httpx2.DecodingError):
        return Transient("broken reply", server.scrub(str(error)))
    return ModelError(server.scrub(f"the request to {server.url} failed: {type(error).__name__}: {error}"))


def _by_status(error: openai.APIStatusError, server: Server, *, tools: bool) -> Exception:
    status = error.status_code
    detail = server.scrub(_message(error))
    code = server.scrub(str(error.code or error.type or ""))
    if status in (400, 413, 422, 500) and _OVERFLOW.search(f"{detail} {code}"):
        return Overflow(detail)
    if status in (401, 403):
        return FatalModelError(f"{server.url} does not accept the key: {detail} (set OPENAI_API_KEY)")
    if code in _QUOTA or status == 402:
        return FatalModelError(f"the account at {server.url} has no credit left: {detail}")
    if status == 404:
        if "model" in f"{detail} {code}".lower():
            return FatalModelError(f"unknown model {server.model!r} at {server.url}: {detail} (see --model)")
        return FatalModelError(
            f"no chat completions at {server.url}: {detail or 'not found'} (see --base-url; it usually ends in /v1)"
        )
    if status == 429:
        return Transient("rate limit", detail, retry_after(error.response.headers))
    if tools and status in (400, 422, 500, 501) and _TOOLS.search(detail):
        return NoTools(f"no native tool calls for {server.model!r}: {detail}")
    if status >= 500 or status in (408, 409, 425):
        return Transient("overload", f"HTTP {status}: {detail}", retry_after(error.response.headers))
    if _FILTER.search(f"{detail} {code}"):
        return Refused(detail)
    if status in (400, 422):
        if "model" in code and ("not" in code or "unknown" in code):
            return FatalModelError(f"unknown model {server.model!r} at {server.url}: {detail} (see --model)")
        for parameter in DROPPABLE:
            if parameter == error.param or re.search(rf"\b{parameter}\b", detail):
                return Unsupported(parameter)
    return ModelError(f"{server.url} refused the request (HTTP {status}): {detail}")


def _message(error: openai.APIStatusError) -> str:
    """The server's own words: out of the usual JSON shapes, else the raw body."""
    body = error.body
    if isinstance(body, dict):
        for key in ("message", "detail", "error"):
            if isinstance(body.get(key), str):
                return str(body[key])
    return str(body) if body else error.message


MAX_RETRY_AFTER = 64
"""Characters of a header that says how long to wait; an HTTP date has 29."""


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds of `retry-after-ms` or `Retry-After` (seconds or an HTTP date, RFC 9110 10.2.3), None without one.

    Never below 0; None for what is neither, and infinity for a time that a clock does not have.
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name, "")
        with contextlib.suppress(ValueError):
            if len(value) <= MAX_RETRY_AFTER:
                return max(0.0, float(value) * unit)  # a NaN is 0
    if len(value) > MAX_RETRY_AFTER:
        return None
    date = email.utils.parsedate_tz(value)
    try:
        return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())
    except (ValueError, OverflowError):
        return math.inf
