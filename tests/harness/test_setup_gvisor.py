"""gVisor becomes a runtime with control groups where it starts with them, and without them where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.private_engine import private_engine

from findbench.harness.sandbox import engine
from findbench.harness.selfcheck import self_check
from findbench.harness.setup import debian, gvisor

BINARY = debian.which("runsc")
ONLY_WITHOUT = """#!/bin/sh
case "$*" in
*ignore-cgroups*|*flags*|*--version*) exec {binary} "$@" ;;
*) echo "no control groups here" >&2; exit 1 ;;
esac
"""
"""A runsc on a machine whose control groups it cannot use."""


@pytest.mark.skipif(BINARY is None, reason="runsc is not installed: findbench setup gvisor")
def test_control_groups_are_tried_first_and_given_up_where_no_lab_starts_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert BINARY is not None
    broken = tmp_path / "runsc"
    broken.write_text(ONLY_WITHOUT.format(binary=BINARY))
    broken.chmod(0o755)
    with private_engine() as own:
        monkeypatch.setenv("DOCKER_HOST", own.host)
        gvisor.register(own.configuration, str(broken), own.pid)
        assert engine.unenforced("runsc") == [engine.MEMORY_OF_ALL, engine.PROCESSES, engine.PROCESSORS]
        assert "gVisor is told to ignore the control groups" in capsys.readouterr().err
        gvisor.register(own.configuration, BINARY, own.pid)
        missing = set(engine.unenforced("runsc"))
        assert bool(missing) == ("gVisor is told to ignore the control groups" in capsys.readouterr().err)
        results = self_check(runtime="runsc", transport="unix")
        failed = [check for check in results if not (check.ok or check.optional)]
        assert {check.name for check in failed if check.limit not in missing} == set()
