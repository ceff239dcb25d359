"""The conformance suite: this engine passes it, and a lab without a protection does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import sandbox, self_check
from harness.limits import Limits


def test_this_engine_passes() -> None:
    assert [check for check in self_check("runc") if not check.ok] == []


def test_a_missing_protection_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    hardened = sandbox.host_config

    def weak(limits: Limits, mount: Path, *, runtime: str) -> dict[str, Any]:
        config = hardened(limits, mount, runtime=runtime)
        return config | {"ReadonlyRootfs": False, "PidsLimit": None, "MaskedPaths": []}

    monkeypatch.setattr(sandbox, "host_config", weak)
    failed = [check.name for check in self_check("runc") if not check.ok]
    assert failed == ["root read-only, one writable tmpfs"]
