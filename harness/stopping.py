"""How a person stops a run: the first Ctrl-C or SIGTERM stops it cleanly, the second ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from findbench.harness.exits import Exit
from findbench.harness.report.terminal import say

SHOW_CURSOR = b"\x1b[?25h"
"""A live view hides the cursor, and who ends at once cannot wait for it to show the cursor again."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stoppable(resume: str) -> Iterator[None]:
    """Inside, the first of SIGNALS raises KeyboardInterrupt and names `resume`, the command that goes on.

    What follows, such as the removal of labs, is not interrupted; a second signal ends the process instead. Only the
    main thread may set handlers: in another one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        for each in SIGNALS:
            signal.signal(each, _end_at_once)
        with contextlib.suppress(RuntimeError):  # the signal may have come in the middle of another line
            say("stopping and removing the labs; a second Ctrl-C ends at once. To resume:")
            print(f"  {resume}", file=sys.stderr, flush=True)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _end_at_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
    """Nothing but system calls: whatever was interrupted may hold any lock."""
    with contextlib.suppress(OSError):
        if os.isatty(2):
            os.write(2, SHOW_CURSOR)
        os.write(2, b"findbench: ended at once; labs that remain are removed when findbench next starts\n")
    os._exit(Exit.STOPPED)
