"""The disk is full where the run is written: one line, what had finished stays, with room the same command goes on."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.hurting import assert_completes, assert_stops_with_one_line
from run_help import command, finished, make_environment, owned_by

from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.factory import LabFactory
from findbench.harness.records import Run
from findbench.harness.sandbox import ownership
from findbench.harness.sandbox.pool import Pool
from findbench.harness.schema.limits import Limits

SMALL = 64 << 10
"""Bytes: enough for the start of the run and a record or two of a good 16 KiB, not for all four."""


class Disk:
    """Where a run is written, with too little room until there is more.

    A tmpfs where mounting is allowed (ENOSPC). Else a limit on the length of files (EFBIG) just above that of run.json,
    so that records fail in the same place.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(home)], capture_output=True, check=False
        )
        self.mounted = mounted.returncode == 0
        self.limited = not self.mounted

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """The command on this disk."""
        limit = 12 << 10 if self.limited else resource.RLIM_INFINITY
        return subprocess.Popen(
            command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=make_environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )

    def make_room(self) -> None:
        self.limited = False
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", str(self.home)], check=True)

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", str(self.home)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_a_full_disk_stops_the_run_with_one_line_and_loses_nothing(disk: Disk) -> None:
    out = disk.home / "r"
    arguments = ("run", "smoke", "--category", "numeric", "--interpreter", "line", "--out", out)
    process = disk.start(*arguments)
    assert_stops_with_one_line(process, "cannot write", str(out), "the same command")
    assert owned_by(process.pid) == []
    assert list(out.glob("**/*.tmp")) == []
    before = finished(out)
    assert len(before) < len(Run(out).keys)
    disk.make_room()
    assert_completes(disk.start(*arguments), out)
    assert {name: finished(out)[name] for name in before} == before


@pytest.mark.parametrize("warm", [False, True], ids=["a lab of its own", "a pool"])
def test_no_room_for_a_labs_sockets_is_an_infrastructure_error_and_hangs_nobody(
    warm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ownership, "socket_root", full)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(Pool(1)) if warm else None
        lab = stack.enter_context(contextlib.closing(LabFactory(Limits(), pool=pool).code_runner(seed=0)))
        with pytest.raises(InfrastructureError, match="No space left on device"):
            lab.start()
