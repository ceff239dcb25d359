"""What one lab may use: every number a person may want to change, with unit and reason."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from findbench.harness.schema.base import Data

DEFAULT_BUDGET = 100
"""Queries of a lab outside of runs, and of functions that belong to no category of a suite (each category has a number
of its own); each element of a list or array is one."""


class Limits(Data):
    """Limits of one lab. The defaults suit a language model's experiments on a shared machine."""

    # Ten times what an experiment of a model's takes that works; one that hangs costs no more than a slow reply.
    seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Wall-clock seconds that one experiment may take."""
    # Swap is off, so this is all there is. An idle lab takes 16, numpy's usual arrays a few tens more.
    memory_mib: Annotated[int, Field(ge=64, le=65536)] = 512
    """Memory of one container, in MiB."""
    # An experiment is one process, and several labs share a machine.
    cpus: Annotated[float, Field(gt=0, le=256)] = 1.0
    """Processors that one container may use; 0.5 is half the time of one."""
    # The runner's three are included. Enough for a pool of workers, too few for a fork bomb to be felt.
    processes: Annotated[int, Field(ge=8, le=4096)] = 64
    """Processes and threads that one container may have at a time."""
    # Some 5,000 tokens: what a model can make use of.
    stdout_bytes: Annotated[int, Field(ge=0, le=1 << 24)] = 16384
    """Bytes of stdout that one experiment returns; the rest is dropped, and a note says so."""
    # A screenful of warnings: it is for people, and no model is shown it.
    stderr_bytes: Annotated[int, Field(ge=0, le=1 << 24)] = 4096
    """Bytes of stderr that one experiment returns, apart from stdout."""
    # Room for files between experiments; what lies there counts as memory of the container.
    tmp_mib: Annotated[int, Field(ge=1, le=4096)] = 32
    """Size of the container's only writable place, a tmpfs on /tmp, in MiB."""
