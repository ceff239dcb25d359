"""One sandbox: a container of a back end with a runner in it, which takes one task after another.

A sandbox knows nothing of functions; `Lab` adds one. It is started once, used by one owner, closed once.
"""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import TYPE_CHECKING

from findbench.harness.sandbox.docker import Docker, has_own_kernel
from findbench.harness.sandbox.transport import open_channels
from findbench.harness.schema.limits import Limits
from findbench.sandbox_image import wire

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Backend, Service, Transport

GRACE_SECONDS = 10.0
"""How long after an experiment's own limit the runner may take to say so, before the container is killed."""
PREPARE_SECONDS = 5.0
"""How long a runner may take to make ready for submitted code, before that grace: it forks one process."""


class DiedError(Exception):
    """The container ended during a task, or broke the protocol. `oom`: the kernel says it was out of memory."""

    def __init__(self, *, oom: bool) -> None:
        super().__init__("container ended")
        self.oom = oom


class TooLateError(Exception):
    """The runner did not answer long after the time limit of its task; the sandbox is of no more use."""


class Sandbox:
    """A started container. Thread-safe only in `close`, which may be called from anywhere and more than once."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        runtime: str = "runc",
        numpy: bool = True,
        transport: Transport = "auto",
        backend: Backend | None = None,
    ) -> None:
        """Start the container and wait for its runner. `backend`: by default Docker, over `transport`.

        `numpy`: imported before the first task, as experiments want it; submitted code may do without.

        Raises EngineError when the engine, the image or the runtime is not there, InfrastructureError when the
        container does not come up.
        """
        self.limits = limits or Limits()
        self._connection = (backend or Docker(partial(open_channels, transport))).start(
            self.limits, runtime=runtime, numpy=numpy
        )
        self.is_near = self.transport == "unix" and not has_own_kernel(runtime)
        """Whether a call of `f` is one message between two processes of this machine's kernel."""
        self._idle = True
        self._pristine = True
        self._prepared = False

    @property
    def pristine(self) -> bool:
        """Whether no experiment ran in it: only then may submitted code be evaluated there."""
        return self._pristine

    @property
    def container_id(self) -> str:
        """What the engine calls the container."""
        return self._connection.container_id

    @property
    def transport(self) -> Transport:
        """How it is reached."""
        return self._connection.channels.name

    def serve(self, service: Service) -> None:
        """From now on `service` answers what the container asks of `f`, and on new connections alone.

        Raises InfrastructureError, and DiedError when the container ended or broke the protocol before.
        """
        try:
            self._connection.channels.serve(service)
        except (OSError, wire.WireError) as error:
            raise DiedError(oom=self._connection.ran_out_of_memory()) from error

    def run(self, task: wire.Task) -> wire.Outcome:
        """One experiment. Raises DiedError, TooLateError, InfrastructureError."""
        self._pristine = False
        return self._submit(wire.RUN, task)

    def evaluate(self, task: wire.Task) -> wire.Outcome:
        """Submitted code over inputs in batches (`findbench.sandbox_image.batches`). Raises as `run` does."""
        if not self._prepared:  # before the first inputs come: nothing that has seen them may fork what sees others
            self._submit(wire.PREPARE, wire.Task(0, PREPARE_SECONDS, 0, b""))
            self._prepared = True
        return self._submit(wire.EVALUATE, task)

    def _submit(self, kind: int, task: wire.Task) -> wire.Outcome:
        ticket = secrets.token_bytes(wire.TICKET_BYTES)
        deadline = time.monotonic() + task.seconds + GRACE_SECONDS
        self._idle = False
        try:
            reply, payload = self._connection.channels.exchange(
                kind, ticket, task.encode(), limit=task.reply_bytes, deadline=deadline
            )
            if reply != wire.OUTCOME or payload[: len(ticket)] != ticket:
                raise wire.WireError("not the outcome of this task")
            outcome = wire.Outcome.decode(bytes(payload[len(ticket) :]))
            if len(outcome.output) > task.output_bytes or len(outcome.stderr) > task.stderr_bytes:
                raise wire.WireError("an outcome over its limits")
        except TimeoutError:
            raise TooLateError from None
        except (OSError, wire.WireError) as error:
            raise DiedError(oom=self._connection.ran_out_of_memory()) from error
        self._idle = True
        return outcome

    def memory_bytes(self) -> int:
        """What the kernel charges the container with, without page cache that it could give back."""
        return self._connection.memory_bytes()

    def close(self) -> None:
        """End and remove the container. Never raises."""
        self._connection.close(idle=self._idle)
