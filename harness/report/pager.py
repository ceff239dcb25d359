"""A pager that shows colours as colours, or plain text where it could not."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import PurePath

from rich.console import Console

RAW = "-R"
"""What makes `less` pass colours on to the terminal, and nothing else."""


@contextlib.contextmanager
def paged(console: Console) -> Iterator[None]:
    """What is printed inside goes to the person's pager when the block ends.

    `less` shows colours as raw escapes unless it is told to pass them on: it is told so, and what the person put into
    LESS still counts. Of another pager it is not known whether it can, so it gets plain text.
    """
    colours = _is_less()
    before = os.environ.get("LESS")
    if colours:
        os.environ["LESS"] = f"{RAW} {before or ''}".strip()
    try:
        with console.pager(styles=colours):
            yield
    finally:
        if before is None:
            os.environ.pop("LESS", None)
        else:
            os.environ["LESS"] = before


def _is_less() -> bool:
    """Whether the pager that `pydoc` starts (MANPAGER, PAGER, else less where it is installed) is less."""
    named = os.environ.get("MANPAGER") or os.environ.get("PAGER")
    if not named:
        return shutil.which("less") is not None
    try:
        return PurePath(shlex.split(named)[0]).name == "less"
    except (ValueError, IndexError):
        return False
