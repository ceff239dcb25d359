"""What one lab may use: every number a person may want to change, with unit and reason."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from findbench.harness.schema.base import Data

DEFAULT_BUDGET = 1000
"""Queries an episode may make (each element of a list or array is one)."""


class Limits(Data):
    """Limits of one lab. The defaults suit a language model's experiments on a shared machine."""

    seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Wall-clock seconds of one experiment."""
    memory_mib: Annotated[int, Field(ge=64, le=65536)] = 512
    """MiB of memory of the container; swap is off, so this is all there is."""
    cpus: Annotated[float, Field(gt=0, le=256)] = 1.0
    """Processors' worth of time."""
    processes: Annotated[int, Field(ge=8, le=4096)] = 64
    """Processes and threads, the runner's three included."""
    stdout_bytes: Annotated[int, Field(ge=0, le=1 << 24)] = 16384
    """Bytes of stdout that come back from one experiment; the rest is dropped and marked as such."""
    tmp_mib: Annotated[int, Field(ge=1, le=4096)] = 32
    """MiB of the only writable place, a tmpfs on /tmp. It counts as memory of the container."""
