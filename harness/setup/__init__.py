"""What makes a fresh machine ready: engine, base image, sandbox image, gVisor. Each step is quick when all is there."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: the Dockerfile and the locks are part of it, not of an installed package."""
CACHE = ROOT / ".cache"
"""What may be deleted at any time: wheels, locks of files, the log of an engine that was started by hand."""


def say(line: str) -> None:
    """One line about what is done, on stderr: stdout belongs to the result of a command."""
    print(f"setup: {line}", file=sys.stderr, flush=True)


def last_line(text: str) -> str:
    """The last line that says something, for error messages."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"
