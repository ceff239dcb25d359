"""What a run ran on: commit, image, engine, runtime, Python and packages, so that a result says what it measured."""

from __future__ import annotations

import contextlib
import platform
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING

from findbench.harness.sandbox import engine, image
from findbench.harness.sandbox.transport import resolve
from findbench.harness.setup import checkout

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport

PACKAGES = (
    "findbench",
    "docker",
    "numpy",
    "openai",
    "pydantic",
    "rich",
    "scikit-learn",
    "scipy",
    "tenacity",
    "wordllama",
)
"""Packages whose version can change a result or a record."""


def collect(*, runtime: str = "runc", transport: Transport = "auto") -> dict[str, str]:
    """Name -> version, all strings, nothing about the person or the machine's paths. Raises EngineError."""
    found = image.current()
    info = engine.engine_info()
    versions = {
        "commit": commit(),
        "image": found.tag,
        "image_digest": found.digest,
        "engine": str(info["engine"]),
        "runtime": f"{runtime} {info['runtimes'].get(runtime, '')}".strip(),
        "transport": resolve(transport),
        "kernel": str(info["kernel"]),
        "architecture": str(info["architecture"]),
        "python": platform.python_version(),
    }
    if missing := engine.unenforced(runtime):
        versions["unenforced"] = ", ".join(missing)  # limits that did not hold in this session's labs
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def commit() -> str:
    """The source's git commit, with `+changes` when the tree differs from it; `unknown` outside a checkout."""
    root = checkout()
    if root is None:  # an installed wheel: a repository around its environment is somebody else's
        return "unknown"
    try:
        head = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        )
        status = subprocess.run(
            ["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head.stdout.strip() + ("+changes" if status.stdout.strip() else "")
