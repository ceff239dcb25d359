"""What replies cost, and the ceilings of a run."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from findbench.harness.errors import BudgetReached, UsageError
from findbench.harness.schema.base import Data
from findbench.harness.schema.usage import Usage

PRICES = Path(__file__).with_name("prices.json")


class Price(Data):
    """US dollars per million tokens."""

    input: float = Field(ge=0)
    """What is sent."""
    output: float = Field(ge=0)
    """What comes back, reasoning included."""
    cached_input: float | None = Field(default=None, ge=0)
    """What is sent and the server has cached; None: as `input`."""

    def cost(self, usage: Usage) -> float:
        """US dollars."""
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        cached_price = self.input if self.cached_input is None else self.cached_input
        fresh = usage.prompt_tokens - cached
        return (fresh * self.input + cached * cached_price + usage.completion_tokens * self.output) / 1e6


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
