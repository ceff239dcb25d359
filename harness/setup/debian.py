"""Packages of a Debian-like host: install them as root, say what to do otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess

from findbench.harness.errors import EngineError
from findbench.harness.setup import last_line, say

ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where a user's PATH often does not look, and daemons are."""


def which(binary: str) -> str | None:
    """The path of a program, also where only root's PATH looks."""
    return shutil.which(binary) or shutil.which(binary, path=ADMIN_PATH)


def install(*packages: str, binary: str, purpose: str) -> None:
    """Install `packages` with apt unless `binary` is there. Raises EngineError with what to do."""
    if which(binary) is not None:
        return
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise EngineError(f"{binary} is missing (it {purpose}); install it with this system's package manager")
    if os.geteuid() != 0:
        raise EngineError(f"{binary} is missing (it {purpose}); run `sudo apt-get install {names}`")
    say(f"installing {names} (it {purpose})")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        # An unreachable source of something else makes `update` fail; what counts is whether the install does.
        if done.returncode and command[1] == "install":
            raise EngineError(f"`apt-get install {names}` failed: {last_line(done.stderr + done.stdout)}")


def bookworm_sources() -> list[str]:
    """The host's own apt sources of Debian bookworm as one-line entries; none when it has no such sources."""
    if shutil.which("apt-get") is None:
        return []
    template = "$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(CODENAME) $(COMPONENT)"
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", template, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    entries = [line.split("|") for line in done.stdout.splitlines() if line.count("|") == 2]
    wanted = ("bookworm", "bookworm-updates", "bookworm-security")
    found = [entry for origin, codename, entry in entries if origin == "Debian" and codename in wanted]
    return list(dict.fromkeys(entry for entry in found if entry.endswith(" main")))
