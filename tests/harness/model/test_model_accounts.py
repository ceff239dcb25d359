"""Usage adds up, prices are applied, ceilings stop a run from starting more."""

from pathlib import Path

import pytest

from findbench.harness.errors import BudgetReached, UsageError
from findbench.harness.model.accounts import Ceilings, Price, load_prices, price_of
from findbench.harness.schema.usage import Usage


def test_cost_counts_cached_tokens_at_their_own_price() -> None:
    usage = Usage(prompt_tokens=1_000_000, completion_tokens=500_000, cached_tokens=400_000)
    assert Price(input=2, output=8, cached_input=0.5).cost(usage) == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8)
    assert Price(input=2, output=8).cost(usage) == pytest.approx(2 + 4)


def test_an_unknown_cost_stays_unknown_in_a_sum() -> None:
    assert (Usage(cost=1.0) + Usage(cost=2.0)).cost == 3.0
    assert (Usage(cost=1.0) + Usage(calls=1, cost=None)).cost is None
    assert Usage(cost=1.0) + Usage() == Usage() + Usage(cost=1.0) == Usage(cost=1.0)
    assert (Usage(estimated=True) + Usage()).estimated


def test_ceilings_are_reached_by_tokens_or_by_money_and_count_what_was_spent_before() -> None:
    ceilings = Ceilings(tokens=100, cost=1.0, spent=Usage(prompt_tokens=40, cost=0.5))
    ceilings.check()
    ceilings.add(Usage(completion_tokens=59, cost=0.1))
    ceilings.check()
    ceilings.add(Usage(completion_tokens=1))
    with pytest.raises(BudgetReached, match="100 tokens of --max-tokens 100"):
        ceilings.check()
    dear = Ceilings(cost=1.0)
    dear.add(Usage(cost=1.25))
    with pytest.raises(BudgetReached, match=r"1\.25 USD of --max-cost 1\.00"):
        dear.check()


def test_our_prices_file_is_sound_and_dated_names_find_their_price() -> None:
    prices = load_prices()
    assert price_of("gpt-4o-2024-08-06", prices) == prices["gpt-4o"]
    assert price_of("gpt-4o", prices) == prices["gpt-4o"]
    assert price_of("no-such-model", prices) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"m": {"input": 1}}', '{"m": {"input": -1, "output": 1}}'])
def test_a_prices_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"prices\.json"):
        load_prices(path)
    with pytest.raises(UsageError, match="cannot read"):
        load_prices(tmp_path / "none.json")
