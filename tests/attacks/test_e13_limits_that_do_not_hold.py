"""E13: a runtime that ignores control groups enforces no limit that rests on them; it is said wherever limits are claimed."""

from __future__ import annotations

import pytest

from findbench.attacks.arena import Arena
from findbench.harness import doctor, selfcheck, versions
from findbench.harness.sandbox import engine
from findbench.harness.selfcheck import Check, self_check


def exceeded(results: list[Check]) -> set[str]:
    """The limits that a lab was seen to exceed."""
    return {check.limit for check in results if check.limit and not check.ok}


def test_every_limit_that_a_lab_exceeds_is_named_in_the_record_and_by_the_doctor(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = self_check(runtime=arena.runtime, transport=arena.transport)
    recorded = versions.collect(runtime=arena.runtime, transport=arena.transport).get("unenforced", "")
    assert exceeded(results) <= set(recorded.split(", "))
    if arena.runtime == "runc":
        assert not recorded
    ignored = {engine.MEMORY_OF_ALL, engine.PROCESSES} <= set(recorded.split(", "))
    assert exceeded(results) == ({engine.MEMORY_OF_ALL, engine.PROCESSES} if ignored else set()), "it claims no less"
    monkeypatch.setattr(selfcheck, "self_check", lambda runtime, transport: results)
    checks = {check.name: check for check in doctor.examine_labs(arena.transport)}
    found = checks[f"limits on {arena.runtime}"]
    assert found.ok == (not recorded)
    assert all(limit in found.found for limit in exceeded(results))


def test_a_limit_that_nobody_knew_not_to_hold_is_a_failure(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    surprise = Check("limited: processes", ok=False, limit=engine.PROCESSES)
    monkeypatch.setattr(selfcheck, "self_check", lambda runtime, transport: [surprise])
    monkeypatch.setattr(engine, "unenforced", lambda runtime: [])
    checks = {check.name: check for check in doctor.examine_labs(arena.transport)}
    assert checks[f"limits on {arena.runtime}"].verdict == "FAIL"


def test_a_runtime_that_is_told_to_ignore_control_groups_is_known_by_its_arguments(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = engine.connect().info()
    arguments = info["Runtimes"][arena.runtime].get("runtimeArgs") or []
    assert bool(engine.unenforced(arena.runtime)) == any("ignore-cgroups" in argument for argument in arguments)
    told = {"path": "/usr/bin/other", "runtimeArgs": ["--ignore-cgroups"]}
    monkeypatch.setattr(engine.connect(), "info", lambda: info | {"Runtimes": {arena.runtime: told}})
    assert engine.unenforced(arena.runtime) == [engine.MEMORY_OF_ALL, engine.PROCESSES, engine.PROCESSORS]


def test_an_engine_without_a_control_group_is_known_by_what_it_says(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"Runtimes": {arena.runtime: {"path": "runc"}}, "MemoryLimit": True, "PidsLimit": False}
    monkeypatch.setattr(engine.connect(), "info", lambda: told)
    assert engine.unenforced(arena.runtime) == [engine.PROCESSES]
