"""The throughput helper measures every category of a suite."""

from findbench.functions.bench import scalar_latency, throughput
from findbench.functions.suites import load_suite


def test_every_category_present_gets_a_rate() -> None:
    smoke = load_suite("smoke")
    rates = throughput(smoke)
    assert set(rates) == {key.split("/")[0] for key in smoke}
    assert all(rate > 0 for rate in rates.values())


def test_a_single_query_takes_some_time() -> None:
    assert scalar_latency(load_suite("smoke")["numeric/0000"]) > 0
