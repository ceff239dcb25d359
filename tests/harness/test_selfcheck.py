"""The conformance suite: this engine passes it, and a lab without a protection does not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from findbench.harness.errors import EngineError
from findbench.harness.sandbox import docker as sandbox
from findbench.harness.sandbox.backend import Transport
from findbench.harness.schema.limits import Limits
from findbench.harness.selfcheck import self_check


@pytest.mark.parametrize("transport", ["unix", "stdio"])
def test_this_engine_passes(transport: Transport) -> None:
    assert [
        check for check in self_check(runtime="runc", transport=transport) if not check.ok and not check.optional
    ] == []


def test_a_missing_protection_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    hardened = sandbox.host_config

    def weak(limits: Limits, *, runtime: str, **transport: Any) -> dict[str, Any]:
        config = hardened(limits, runtime=runtime, **transport)
        return config | {"ReadonlyRootfs": False, "PidsLimit": None, "MaskedPaths": []}

    monkeypatch.setattr(sandbox, "host_config", weak)
    failed = [check.name for check in self_check(runtime="runc") if not check.ok]
    assert failed == ["root read-only, one writable tmpfs", "limited: processes"]


def test_another_engine_can_be_named_and_only_for_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    with pytest.raises(EngineError, match="no container engine"):
        self_check(f"unix://{tmp_path}/absent.sock")
    assert "DOCKER_HOST" not in os.environ
    assert all(check.ok for check in self_check("unix:///var/run/docker.sock"))
