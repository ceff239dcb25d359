"""Every attack runs under each runtime the engine has: `runc` always, gVisor's `runsc` where it is configured."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from findbench.attacks.arena import Arena, Verdicts
from findbench.harness.sandbox import engine


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "arena" in metafunc.fixturenames:
        named = os.environ.get("FINDBENCH_ATTACK_RUNTIME")
        runtimes = [named] if named else ["runc", *(["runsc"] if engine.has_runtime("runsc") else [])]
        metafunc.parametrize("arena", runtimes, indirect=True)


@pytest.fixture
def arena(request: pytest.FixtureRequest) -> Iterator[Arena]:
    arena = Arena(request.param)
    yield arena
    arena.close()


@pytest.fixture
def verdicts(arena: Arena) -> Verdicts:
    """Scores of submitted code for the arena's function; its controls are in test_b00_controls.py."""
    return Verdicts(arena)
