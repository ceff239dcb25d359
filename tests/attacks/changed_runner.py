"""Labs whose runner is not the image's: how attacks show their teeth, against the protection that was taken out."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from findbench.harness.sandbox import docker
from findbench.harness.schema.limits import Limits
from findbench.harness.setup import PACKAGE

INSIDE = "/lab/sandbox_image"


@contextlib.contextmanager
def changed_runner(changes: Mapping[str, tuple[str, str]]) -> Iterator[None]:
    """Within it, labs that start run other sources: by file of `sandbox_image`, a text that it holds and one instead."""
    hardened = docker.host_config
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        sources = Path(folder) / "sources"
        shutil.copytree(PACKAGE / "sandbox_image", sources, ignore=shutil.ignore_patterns("__pycache__"))
        for name, (old, new) in changes.items():
            text = (sources / name).read_text()
            assert text.count(old) == 1, (name, old)
            (sources / name).write_text(text.replace(old, new))
        for path in (Path(folder), sources, *sources.iterdir()):
            path.chmod(0o755)

        def config(limits: Limits, *, runtime: str, **transport: Any) -> dict[str, Any]:
            binds = transport.pop("binds", {}) | {str(sources): {"bind": INSIDE, "mode": "ro"}}
            return hardened(limits, runtime=runtime, binds=binds, **transport)

        patch.setattr(docker, "host_config", config)
        yield


UNCONFINED = {"submission.py": ("    confinement.enter()\n", "")}
"""Submitted code keeps what any experiment may do."""
