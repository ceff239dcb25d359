"""What a person may choose about the language model (the key is not part of it)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from findbench.harness.schema.base import Data

OPENAI_URL = "https://api.openai.com/v1"


class ModelSettings(Data):
    """One model at one server, and how patiently and how much it is used."""

    model: str = Field(min_length=1)
    """The model, as its server names it."""
    base_url: str | None = None
    """URL of an OpenAI-compatible server; without it api.openai.com."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Sampling temperature; without it the server's default."""
    max_reply_tokens: int | None = Field(default=None, ge=1)
    """Length of one reply in tokens; without it the server's default."""

    timeout_s: float = Field(default=300.0, gt=0)
    """Seconds that one whole request may take, from its first byte to the reply's last."""
    retries: int = Field(default=8, ge=0)
    """Further attempts after a rate limit, an overload, a timeout, a lost connection or a broken reply."""
    backoff_s: float = Field(default=1.0, gt=0)
    """Upper bound in seconds of the first random wait before a retry; it doubles each time."""
    max_wait_s: float = Field(default=60.0, gt=0)
    """Upper bound in seconds of every random wait."""
    max_retry_after_s: float = Field(default=600.0, gt=0)
    """Longest wait in seconds that a server may ask for; one that asks for more has failed."""

    concurrency: int | None = Field(default=None, ge=1)
    """Requests under way at once; without it one per running episode."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """Requests per minute that the server allows."""
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Tokens per minute that the server allows."""

    max_tokens: int | None = Field(default=None, ge=1)
    """Tokens that the whole run may use, prompts and replies; when they are used no more episodes start."""
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars that the whole run may cost; when they are spent no more episodes start."""
    prices: Path | None = None
    """Your own file of prices, in the form of harness/model/prices.json."""

    @property
    def url(self) -> str:
        """The server, whether named or not."""
        return self.base_url or OPENAI_URL
