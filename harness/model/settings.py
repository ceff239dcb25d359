"""What a person may choose about the language model; recorded in run.json (the key is not part of it)."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

OPENAI_URL = "https://api.openai.com/v1"


class ModelSettings(BaseModel):
    """One model at one server, and how patiently and how much it is used."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: str = Field(min_length=1, description="the server's name of the model")
    base_url: str | None = Field(default=None, description="OpenAI-compatible server; None: api.openai.com")
    temperature: float | None = Field(default=None, ge=0, le=2, description="None: the server's default")
    max_reply_tokens: int | None = Field(
        default=None, ge=1, description="length of one reply; None: the server's default"
    )

    timeout_s: float = Field(default=300.0, gt=0, description="one whole request, first byte to last")
    retries: int = Field(
        default=8, ge=0, description="after a rate limit, overload, timeout, lost connection, broken reply"
    )
    backoff_s: float = Field(default=1.0, gt=0, description="bound of the first random wait; doubles each time")
    max_wait_s: float = Field(default=60.0, gt=0, description="bound of every random wait")
    max_retry_after_s: float = Field(default=600.0, gt=0, description="a server that asks for more has failed")

    concurrency: int | None = Field(default=None, ge=1, description="requests under way at once; None: one an episode")
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)

    max_tokens: int | None = Field(
        default=None, ge=1, description="of the whole run, prompts and replies; then no more episodes"
    )
    max_cost: float | None = Field(
        default=None, gt=0, description="of the whole run, US dollars; then no more episodes"
    )
    prices: Path | None = Field(default=None, description="one's own prices file, see harness/model/prices.json")

    @property
    def url(self) -> str:
        """The server, whether named or not."""
        return self.base_url or OPENAI_URL
