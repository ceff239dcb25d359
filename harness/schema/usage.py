"""What a language model used and what it cost."""

from __future__ import annotations

from pydantic import Field

from findbench.harness.schema.base import Data


class Usage(Data):
    """Tokens and money of one reply, or of many (`+`)."""

    calls: int = Field(default=0, ge=0)
    """Replies."""
    prompt_tokens: int = Field(default=0, ge=0)
    """Tokens that were sent."""
    completion_tokens: int = Field(default=0, ge=0)
    """Tokens that came back, reasoning included."""
    reasoning_tokens: int = Field(default=0, ge=0)
    """Tokens of reasoning that the server reported."""
    cached_tokens: int = Field(default=0, ge=0)
    """Prompt tokens that the server had cached."""
    cost: float | None = Field(default=None, ge=0)
    """US dollars; None when there was no call, or when the price of one is not known."""
    estimated: bool = False
    """A server reported no usage: tokens are a quarter of the bytes."""

    @property
    def tokens(self) -> int:
        """Prompt and completion together (reasoning is part of the completion)."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        """The sum. A cost that is unknown, or an estimate, on either side makes the sum's unknown or an estimate."""
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost=_sum_costs([usage for usage in (self, other) if usage != Usage()]),
            estimated=self.estimated or other.estimated,
        )


def _sum_costs(usages: list[Usage]) -> float | None:
    costs = [usage.cost for usage in usages]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None
