"""Every attack runs under each runtime the engine has: `runc` always, gVisor's `runsc` where it is configured.

And over each transport: unix sockets with both, stdin and stdout with `runc`; `findbench attack` runs any combination.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from findbench.attacks.arena import Arena, Verdicts
from findbench.harness.sandbox import engine


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "arena" in metafunc.fixturenames:
        named = os.environ.get("FINDBENCH_ATTACK_RUNTIME")
        if named:
            grounds = [(named, os.environ["FINDBENCH_ATTACK_TRANSPORT"])]
        else:
            grounds = [
                ("runc", "unix"),
                ("runc", "stdio"),
                *([("runsc", "unix")] if engine.has_runtime("runsc") else []),
            ]
        metafunc.parametrize("arena", grounds, indirect=True, ids=["-".join(ground) for ground in grounds])


@pytest.fixture
def arena(request: pytest.FixtureRequest) -> Iterator[Arena]:
    arena = Arena(*request.param)
    yield arena
    arena.close()


@pytest.fixture
def verdicts(arena: Arena) -> Verdicts:
    """Scores of submitted code for the arena's function; its controls are in test_b00_controls.py."""
    return Verdicts(arena)
