"""The seam between labs and whatever runs them: a back end starts a container and gives its two byte channels.

    Backend.start(limits) -> Connection        a started container: its number, its end, its removal
        Connection.channels -> Channels        control: one task out, one outcome in; oracle: requests of `f`
            Channels.serve(Service)            what answers those requests, without input or output of its own

A back end (`docker.py`) knows containers, a transport (`sockets.py`) knows how bytes reach one, a `Service` (the oracle
of a lab) knows a function; `Sandbox` (`container.py`) puts them together. None trusts a byte that a container sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from findbench.harness.schema.limits import Limits

Transport = Literal["auto", "unix", "stdio"]
"""How bytes reach a container: unix sockets on a read-only mount, its attached stdin and stdout, or what works."""

MOUNT_POINT = "/run/lab"
"""Where a container sees the directory of its sockets."""
FRAME_SECONDS = 30.0
"""How long the rest of a frame may take once it has begun, and how long a reply may stay unread."""
FREE_CONNECTIONS = 1000
"""Connections a lab may open at full speed: an experiment needs one."""
LARGE = 1 << 20
"""Bytes of a request from which on a lab's requests are taken one at a time, so that its connections together cannot
fill the host's memory."""


class Reply(NamedTuple):
    """What answers one request of `f`: a frame, and how long the lab must wait for it."""

    kind: int
    payload: bytes | memoryview
    delay: float = 0.0
    """Seconds until it is sent: what costs a lab no query must not take the host's time from other labs.

    Of all replies to one lab only one waits at a time, so that many requests at once are no faster than one.
    """


class Service(Protocol):
    """Answers the requests of `f`. Does no input or output and never waits; thread-safe; never raises."""

    def scalar(self, x: float) -> float | Reply:
        """The answer to one number: the value (to be sent as a NUMBER frame), or whatever else is to be sent."""

    def check(self, kind: int, length: int) -> int:
        """Judge a request by its header, before its payload is read or a byte is allocated for it.

        0: read `length` bytes and call `answer`. Otherwise the code of the refusal: skip the payload, send
        `refuse(code)`, and after MALFORMED close the channel that the request came on.
        """

    def answer(self, kind: int, payload: bytes | bytearray) -> Reply:
        """The answer to a whole request whose header passed `check`."""

    def refuse(self, code: int) -> Reply:
        """The refusal with this code of the fixed vocabulary, and its delay."""

    def strike(self) -> float:
        """Count something else that costs the lab no query, such as a connection too many; the delay in seconds."""


class Channels(Protocol):
    """The channels of one container, over one transport. In order: made, `attach`, `connect`, then tasks, `close`."""

    name: Transport
    """Which transport it is."""
    words: tuple[str, ...]
    """Arguments that tell the runner how it is reached."""
    host_options: dict[str, Any]
    """What the container's host configuration needs for it (keywords of docker-py's `create_host_config`)."""
    container_options: dict[str, Any]
    """What the container itself needs for it (keywords of docker-py's `create_container`)."""

    def attach(self, container: str) -> None:
        """The container was created and is not started yet. Raises InfrastructureError."""

    def connect(self, is_running: Callable[[], bool], *, deadline: float) -> None:
        """The container was started: return when its runner is ready. `is_running` asks the engine.

        Raises InfrastructureError when it is not ready by `deadline` (of the monotonic clock).
        """

    def exchange(self, kind: int, *payload: bytes, limit: int, deadline: float) -> tuple[int, bytearray]:
        """Send one control frame, return the next one that comes: its kind, and at most `limit` bytes.

        Raises TimeoutError at `deadline`, OSError or WireError when the channel ended or what came is no such frame;
        in each of these cases the channels are of no more use.
        """

    def serve(self, service: Service) -> None:
        """From now on `service` answers what the container asks of `f`; before, `f` is not available.

        Called again, it also ends every connection that there was: what was asked on one belongs to the service before.
        Raises InfrastructureError, or OSError or WireError as `exchange` does.
        """

    def shut(self) -> None:
        """No more tasks: whoever waits in `exchange` wakes, an idle runner ends by itself. Never raises."""

    def close(self) -> None:
        """Release everything, after the container is gone. Never raises."""


class Connection(Protocol):
    """One started container."""

    container_id: str
    """What the engine calls it."""
    channels: Channels

    def ran_out_of_memory(self) -> bool:
        """Why it ended, after its channels did: whether the kernel says that it was out of memory.

        Raises InfrastructureError when the engine cannot tell or somebody removed it.
        """

    def memory_bytes(self) -> int:
        """What the kernel charges the container with now, without page cache that it could give back."""

    def close(self, *, idle: bool) -> None:
        """End and remove it. `idle`: its runner waits for a task, so it ends by itself. Never raises."""


class Backend(Protocol):
    """Something that starts containers."""

    def start(self, limits: Limits, *, runtime: str, numpy: bool) -> Connection:
        """Start one and wait until its runner is ready. `numpy`: the runner imports it before the first task.

        Raises EngineError when the engine, the image or the runtime is not there, InfrastructureError when the
        container does not come up.
        """
