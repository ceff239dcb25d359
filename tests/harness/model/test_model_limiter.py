"""The limiter on a clock of its own: no more in a minute than was allowed, and no request waits for ever."""

import pytest

from findbench.harness.model.limiter import Limiter


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def starts(limiter: Limiter, clock: Clock, tokens: list[int]) -> list[float]:
    times = []
    for count in tokens:
        with limiter.slot(count):
            times.append(clock.now - 1000.0)
    return times


def test_requests_a_minute_slide() -> None:
    clock = Clock()
    limiter = Limiter(requests_per_minute=2, clock=clock, sleep=clock.sleep)
    assert starts(limiter, clock, [1] * 5) == [0, 0, 60, 60, 120]


def test_tokens_a_minute_count_what_was_really_used() -> None:
    clock = Clock()
    limiter = Limiter(tokens_per_minute=100, clock=clock, sleep=clock.sleep)
    with limiter.slot(90) as slot:
        slot.tokens = 20
    assert starts(limiter, clock, [80, 10]) == [0, 60]


def test_a_request_above_the_limit_goes_alone_instead_of_never() -> None:
    clock = Clock()
    limiter = Limiter(tokens_per_minute=100, clock=clock, sleep=clock.sleep)
    assert starts(limiter, clock, [500, 500]) == [0, 60]


def test_a_pause_holds_everyone_back() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    limiter.pause(7)
    limiter.pause(3)
    assert starts(limiter, clock, [1, 1]) == [7, 7]


def test_whoever_waits_can_be_called_off() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    limiter.pause(7)

    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError), limiter.slot(1, check):
        raise AssertionError("was let through")
