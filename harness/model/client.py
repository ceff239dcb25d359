"""The chat client: one request in, one reply out, with patience for what passes and a clear line for what does not."""

from __future__ import annotations

import json
import math
import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import openai
import tenacity

from findbench.harness.errors import FatalModelError, ModelError, UsageError
from findbench.harness.model.accounts import Ceilings, load_prices, price_of
from findbench.harness.model.bounded import Guard
from findbench.harness.model.connections import Connections
from findbench.harness.model.failures import Overflow, Refused, Server, Transient, Unsupported, translate
from findbench.harness.model.limiter import Limiter
from findbench.harness.model.replies import Reply, parse_reply

if TYPE_CHECKING:
    from findbench.harness.schema.model import ModelSettings
    from findbench.harness.schema.usage import Usage

Message = Mapping[str, Any]
"""A message as the protocol has it: {"role": ..., "content": ..., ...}."""
OnRetry = Callable[[str, int, float], None]
"""Called before a wait with why, the number of the failed attempt (from 1), and the seconds to wait."""

NO_KEY = "not-needed"
"""Sent to a server of one's own when there is no key; such servers ignore it."""


class ChatClient:
    """One model at one server, shared by all threads of a run.

    The key comes from the environment variable OPENAI_API_KEY only, and stays in here. A server named by `base_url`
    may do without.
    """

    def __init__(self, settings: ModelSettings, *, spent: Usage | None = None) -> None:
        """`spent`: what earlier parts of the run used. Raises UsageError: no key, a bad URL, no price for a ceiling."""
        key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not key:
            if settings.base_url is None:
                raise UsageError(
                    "no key for api.openai.com: set OPENAI_API_KEY, or give --base-url for a server of your own"
                )
            key = NO_KEY
        if not key.isascii() or not key.isprintable():
            raise UsageError("OPENAI_API_KEY holds characters that no key has: set it again")
        _check_url(settings.url)
        self.settings = settings
        self.price = price_of(settings.model, load_prices(settings.prices))
        if settings.max_cost is not None and self.price is None:
            raise UsageError(
                f"--max-cost needs the price of {settings.model!r}, which is not known: give a file with --prices"
            )
        if spent and spent.cost is None:  # by sessions that knew no price: a ceiling holds for them all
            spent = self._priced(spent)
        self.ceilings = Ceilings(tokens=settings.max_tokens, cost=settings.max_cost, spent=spent)
        self._server = Server(settings.model, settings.url, key)
        self._closed = threading.Event()
        self._limiter = Limiter(
            concurrency=settings.concurrency,
            requests_per_minute=settings.requests_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
            sleep=self._closed.wait,
        )
        self._fatal: FatalModelError | None = None
        self._dropped: set[str] = set()
        self._reply_cap = math.inf
        self._connections = Connections()
        http = openai.DefaultHttpxClient(event_hooks={"request": [self._connections.watch]})
        Guard(settings.url, timeout_s=settings.timeout_s).guard(http)
        self._sdk = openai.OpenAI(
            api_key=key,
            base_url=settings.url,
            max_retries=0,  # ours know Retry-After dates, jitter, the shared pause and the episode's transcript
            timeout=openai.Timeout(settings.timeout_s, connect=min(30.0, settings.timeout_s)),
            default_headers={"Accept-Encoding": "identity"},  # a reply is small, and what is not packed cannot burst
            http_client=http,
        )

    def __repr__(self) -> str:
        return f"<ChatClient {self.settings.model} at {self.settings.url}>"

    def __enter__(self) -> ChatClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def usage(self) -> Usage:
        """Everything used so far, over all threads."""
        return self.ceilings.usage

    def close(self) -> None:
        """End the connections and wake whoever waits; calls under way and from now on raise ModelError."""
        self._closed.set()
        self._connections.shut_down()
        self._sdk.close()

    def chat(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        top_logprobs: int | None = None,
        retries: int | None = None,
        on_retry: OnRetry | None = None,
    ) -> Reply:
        """One reply to `messages`. Parameters that are None come from the settings, or from the server's defaults.

        `retries`: further attempts, if these are fewer than the settings allow.
        A prompt that a content filter turned down is a reply with `finish` "content_filter".
        Raises ContextOverflow (send less), NoTools (only with `tools`), FatalModelError (no request can succeed),
        ModelError (this one did not, retries included).
        """
        body, wanted = self.asked(
            messages, tools=tools, temperature=temperature, max_tokens=max_tokens, seed=seed, top_logprobs=top_logprobs
        )
        attempts = 1 + (self.settings.retries if retries is None else min(retries, self.settings.retries))
        patience = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Transient),
            stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_when_event_set(self._closed),
            wait=self._wait,
            sleep=self._sleep,
            before_sleep=_tell(on_retry),
            reraise=True,
        )
        try:
            return patience(self._attempt, body, wanted)
        except Transient as failure:
            tries = patience.statistics.get("attempt_number", 1)
            how = "at the first try" if tries == 1 else f"in {tries} tries; the last"
            raise ModelError(f"the model gave no reply {how}: {failure}") from None
        except Refused as refusal:
            return Reply(finish="content_filter", refusal=str(refusal))

    def asked(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        top_logprobs: int | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What decides a reply of this server: what is always sent, and the parameters that the model may refuse."""
        body: dict[str, Any] = {"model": self.settings.model, "messages": [dict(message) for message in messages]}
        if tools:
            body["tools"] = list(tools)
        wanted = {
            "temperature": self.settings.temperature if temperature is None else temperature,
            "max_tokens": self.settings.max_reply_tokens if max_tokens is None else max_tokens,
            "seed": seed,
            "logprobs": None if top_logprobs is None else True,
            "top_logprobs": top_logprobs,
        }
        return body, wanted

    # -- one attempt -----------------------------------------------------------------------------------------------
    def _attempt(self, body: dict[str, Any], wanted: Mapping[str, Any]) -> Reply:
        """One turn at the limiter; parameters that the model refuses are left out and remembered for the run."""
        while True:
            full = body | self._parameters(wanted)
            sent = json.dumps(full, ensure_ascii=False).encode("utf-8", "replace")
            guess = len(sent) // 4 + (full.get("max_tokens") or full.get("max_completion_tokens") or 512)
            with self._limiter.slot(guess, self._check_open) as slot:
                self._check_open()
                try:
                    reply = self._post(full, len(sent))
                except Unsupported as refusal:
                    if refusal.parameter in full:
                        self._dropped.add(refusal.parameter)
                        continue
                    raise ModelError(f"{self._server.url} refused a parameter: {refusal}") from None
                except Overflow as overflow:
                    # Some servers count the room for the reply. Ask for less of it before anything is left out.
                    room = full.get("max_tokens") or full.get("max_completion_tokens")
                    if room and overflow.size and room > overflow.size // 4 >= 1:
                        self._reply_cap = overflow.size // 4
                        continue
                    raise
                except FatalModelError as error:
                    self._fatal = error
                    raise
                slot.tokens = reply.usage.tokens
            self.ceilings.add(reply.usage)
            return reply

    def _parameters(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """What to send of `wanted`, as this model wants it."""
        full = {name: value for name, value in wanted.items() if value is not None and name not in self._dropped}
        if wanted["max_tokens"] is not None:
            cap = int(min(wanted["max_tokens"], self._reply_cap))
            if "max_tokens" in full:
                full["max_tokens"] = cap
            elif "max_completion_tokens" not in self._dropped:
                full["max_completion_tokens"] = cap  # what newer models call it
        return full

    def _post(self, full: dict[str, Any], sent_bytes: int) -> Reply:
        """One HTTP request. What comes back is bounded in size and in time, whatever the server does (see `Guard`)."""
        started = time.monotonic()
        failure: Exception
        try:
            with self._sdk.chat.completions.with_streaming_response.create(**full) as response:
                reply = parse_reply(response.read(), sent_bytes=sent_bytes)
        except Transient as error:
            failure = error
        except (ValueError, RecursionError) as error:
            failure = Transient("broken reply", self._server.scrub(str(error)))
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError) as error:
            failure = translate(error, self._server, tools="tools" in full)
        else:
            return reply.model_copy(update={"usage": self._priced(reply.usage), "seconds": time.monotonic() - started})
        # Raised out here, so that no chain of exceptions holds the SDK's error: it holds the request, and that the key.
        self._check_open()
        if isinstance(failure, Transient) and failure.why == "rate limit" and failure.retry_after:
            self._limiter.pause(min(failure.retry_after, self.settings.max_retry_after_s))
        raise failure

    def _priced(self, usage: Usage) -> Usage:
        return usage.model_copy(update={"cost": self.price.cost(usage)}) if self.price else usage

    def _sleep(self, seconds: float) -> None:
        self._closed.wait(seconds)

    def _check_open(self) -> None:
        if self._fatal is not None:
            raise FatalModelError(str(self._fatal))
        if self._closed.is_set():
            raise ModelError("the run was stopped while it waited for the model")

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds to the next attempt: what the server asked for plus jitter, else random and doubling in its bound."""
        failure = state.outcome.exception() if state.outcome else None
        bound = min(self.settings.max_wait_s, self.settings.backoff_s * 2 ** (state.attempt_number - 1))
        jitter = random.uniform(bound / 2, bound)  # never from 0: the retries together must outlast a minute's outage
        asked = failure.retry_after if isinstance(failure, Transient) else None
        if asked is None:
            return jitter
        if asked > self.settings.max_retry_after_s:
            raise ModelError(f"the server asks to wait {asked:.0f} s, which is too long; {failure}")
        return asked + min(jitter, 1.0)


def _tell(on_retry: OnRetry | None) -> Callable[[tenacity.RetryCallState], None]:
    def tell(state: tenacity.RetryCallState) -> None:
        if on_retry and state.outcome and state.next_action:
            on_retry(str(state.outcome.exception()), state.attempt_number, float(state.next_action.sleep))

    return tell


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        usable = False
    if not usable:
        raise UsageError(f"--base-url {url!r} is not a URL like http://127.0.0.1:8000/v1")
    if parts.username or parts.password:
        raise UsageError("--base-url holds a user name or password, which would end in the records: use OPENAI_API_KEY")
