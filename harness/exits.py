"""What a command's exit code says: one table, for every command."""

from enum import IntEnum


class Exit(IntEnum):
    """Commands return OK or FAILED; `findbench.harness.cli` turns exceptions into the others."""

    OK = 0
    """Everything that was asked for is done and holds."""
    FAILED = 1
    """Done, but not whole: a run is incomplete, a check failed, a record cannot be read, outputs differ."""
    REFUSED = 2
    """Bad input, no engine, no usable model: one line on stderr says what, why and what to do."""
    STOPPED = 130
    """Stopped by Ctrl-C or SIGTERM."""
