"""The warm pool: never-used sandboxes, refilled, destroyed at the end; failures are told once and tried again."""

from __future__ import annotations

import pytest

from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import EngineError
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox import engine, ownership
from findbench.harness.sandbox.pool import Pool


def containers() -> set[str]:
    found = engine.connect().api.containers(
        all=True, filters={"label": f"{ownership.OWNER_LABEL}={ownership.owner_token()}"}
    )
    return {container["Id"] for container in found}


def test_a_pool_refills_hands_out_each_sandbox_once_and_leaves_nothing() -> None:
    function = next(iter(load_suite("smoke").values()))
    before = containers()
    with Pool(2) as pool:
        taken = set()
        for _ in range(5):
            with Lab(function, pool=pool) as lab:
                assert lab.run("print(f(1.0))").status == "ok"
                assert lab.container_id is not None
                taken.add(lab.container_id)
        assert len(taken) == 5
        pool.wait_full()
        assert len(pool) == 2
    assert containers() == before


def test_a_pool_that_cannot_fill_says_why_at_every_take() -> None:
    with Pool(1, runtime="nonsense") as pool:
        for _ in range(2):
            with pytest.raises(EngineError, match="no runtime"):
                pool.take()


def test_a_pool_starts_no_more_than_is_expected_and_still_serves_what_is_not() -> None:
    before = containers()
    with Pool(3, expected=2) as pool:
        pool.wait_full()
        assert len(pool) == 2
        taken = [pool.take() for _ in range(3)]  # one more than expected, as after a retry
        assert len({sandbox.container_id for sandbox in taken}) == 3
        assert len(pool) == 0
        for sandbox in taken:
            sandbox.close()
        assert containers() == before
    assert containers() == before
