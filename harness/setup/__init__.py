"""What makes a fresh machine ready: engine, base image, sandbox image, gVisor. Each step is quick when all is there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import findbench
from findbench.harness import private
from findbench.harness.errors import EngineError
from findbench.harness.report.sanitise import clean_line

PACKAGE = Path(findbench.__file__).parent
"""The import package, in a checkout (`src/findbench`) as in an installed wheel: what the sandbox image is made of."""


def checkout() -> Path | None:
    """The root of the checkout that this code runs from; None when it runs from an installed wheel."""
    root = PACKAGE.parent.parent
    return root if PACKAGE.parent.name == "src" and (root / "pyproject.toml").is_file() else None


def cache() -> Path:
    """The directory of what may be deleted at any time, made when it is missing.

    It holds wheels, the lock of image builds and the log of an engine that was started by hand. `.cache` of a checkout;
    for an installed package `findbench` in `$XDG_CACHE_HOME` or `~/.cache`. Raises EngineError when it cannot be made.
    """
    root = checkout()
    try:
        directory = root / ".cache" if root is not None else _user_cache() / "findbench"
        private.make_directory(directory)
    except RuntimeError:  # nobody's home directory: no HOME, no entry of this user
        raise EngineError("this user has no home directory; set XDG_CACHE_HOME to a directory for caches") from None
    except OSError as error:
        raise EngineError(
            f"cannot make {directory} ({error.strerror}); set-up keeps wheels and logs there: run it as the owner"
            + ("" if root is not None else ", or set XDG_CACHE_HOME to another directory")
        ) from None
    return directory


def _user_cache() -> Path:
    """As the XDG base directory specification says: a relative path is ignored."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"


def say(line: str) -> None:
    """One line about what is done, on stderr: stdout belongs to the result of a command."""
    print(f"setup: {clean_line(line)}", file=sys.stderr, flush=True)


def last_line(text: str) -> str:
    """The last line that says something, for error messages."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"
