"""What was used and what it cost: usage, prices, and the ceilings of a run."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from findbench.harness.errors import BudgetReached, UsageError

PRICES = Path(__file__).with_name("prices.json")


class Price(BaseModel):
    """US dollars per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(default=None, ge=0, description="None: as `input`")


class Usage(BaseModel):
    """Tokens and money of one reply, or of many (`+`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0, description="reasoning tokens included")
    reasoning_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0, description="prompt tokens that the server had cached")
    cost: float | None = Field(default=0.0, ge=0, description="US dollars; None: no price is known")
    requests: int = Field(default=0, ge=0)
    estimated: bool = Field(default=False, description="the server sent no usage: tokens are a quarter of the bytes")

    @property
    def tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        """Sums; an unknown cost or an estimate on either side stays unknown or estimated."""
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost=None if self.cost is None or other.cost is None else self.cost + other.cost,
            requests=self.requests + other.requests,
            estimated=self.estimated or other.estimated,
        )

    def priced(self, price: Price | None) -> Usage:
        """The same usage with its cost at `price`."""
        if price is None:
            return self.model_copy(update={"cost": None})
        cached = min(self.cached_tokens, self.prompt_tokens)
        cached_price = price.input if price.cached_input is None else price.cached_input
        cost = (
            (self.prompt_tokens - cached) * price.input + cached * cached_price + self.completion_tokens * price.output
        )
        return self.model_copy(update={"cost": cost / 1e6})


def load_prices(path: Path | None = None) -> Mapping[str, Price]:
    """Model name -> price, from `path` or from ours. Raises UsageError when the file cannot be read or is not such."""
    path = path or PRICES
    try:
        return TypeAdapter(dict[str, Price]).validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read the prices file {path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(f"prices file {path}: {where}: {first['msg']} (see harness/model/prices.json)") from error


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of `model`, or of the name without a trailing date (`gpt-4o-2024-08-06` -> `gpt-4o`)."""
    return prices.get(model) or prices.get(re.sub(r"-\d{4}-?\d{2}-?\d{2}$", "", model))


class Ceilings:
    """What one run may use of a model, shared by all its episodes. Also the run's accounts."""

    def __init__(self, *, tokens: int | None = None, cost: float | None = None, spent: Usage | None = None) -> None:
        """`spent`: what earlier, interrupted parts of the same run have used."""
        self._tokens = tokens
        self._cost = cost
        self._lock = threading.Lock()
        self._usage = spent or Usage()

    @property
    def usage(self) -> Usage:
        """Everything so far."""
        with self._lock:
            return self._usage

    def add(self, usage: Usage) -> None:
        """Account for one reply."""
        with self._lock:
            self._usage = self._usage + usage

    def check(self) -> None:
        """Raise BudgetReached when no further episode may start. Those that run may finish."""
        usage = self.usage
        if self._tokens is not None and usage.tokens >= self._tokens:
            raise BudgetReached(
                f"the run has used {usage.tokens:,} tokens of --max-tokens {self._tokens:,}: no more episodes start; "
                "the same command with a higher ceiling resumes"
            )
        if self._cost is not None and usage.cost is not None and usage.cost >= self._cost:
            raise BudgetReached(
                f"the run has cost {usage.cost:.2f} USD of --max-cost {self._cost:.2f}: no more episodes start; "
                "the same command with a higher ceiling resumes"
            )
