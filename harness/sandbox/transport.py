"""Which transport reaches the labs of an engine: found out once for each engine, and said."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import docker
import requests
from docker.types import Mount

from findbench.functions.discovery import load_object
from findbench.harness.errors import EngineError
from findbench.harness.report.terminal import say
from findbench.harness.sandbox import endpoint, engine, ownership
from findbench.harness.sandbox.backend import MOUNT_POINT

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Channels, Transport

Resolved = Literal["unix", "stdio"]
TRANSPORTS: dict[Resolved, str] = {
    "unix": "findbench.harness.sandbox.sockets:SocketChannels",
    "stdio": "findbench.harness.sandbox.stdio:StdioChannels",
}
"""A new transport is one class and one line here; it is imported when a lab wants it."""
_found: dict[tuple[int, endpoint.Endpoint], Resolved] = {}
_finding = threading.Lock()


def open_channels(transport: Transport) -> Channels:
    """New channels, for one container that is not there yet. Raises EngineError, InfrastructureError."""
    channels: Callable[[], Channels] = load_object(TRANSPORTS[resolve(transport)])
    return channels()


def resolve(transport: Transport) -> Resolved:
    """What labs are reached by: `transport` itself, or what works with this engine when it is `auto`.

    Unix sockets where the engine runs under this machine's kernel and mounts its directories, stdin and stdout
    elsewhere; the latter is said once on stderr. Raises EngineError.
    """
    at = endpoint.current()
    if transport == "unix" and at.kind != "unix":
        raise EngineError(
            f"unix sockets do not reach labs of an engine on another machine ({at}); leave out --transport unix"
        )
    if transport != "auto":
        return transport
    key = (os.getpid(), at)
    with _finding:
        if key not in _found:
            why = _why_not_unix(at)
            if why:
                say(f"labs are reached over their stdin and stdout: {why}")
            _found[key] = "stdio" if why else "unix"
        return _found[key]


def _why_not_unix(at: endpoint.Endpoint) -> str:
    """What speaks against unix sockets, or nothing."""
    if at.kind != "unix":
        return f"the engine is at {at}"
    client = engine.connect()
    try:
        info = client.info()
    except (docker.errors.APIError, requests.RequestException) as error:
        raise engine.translate_error(error) from error
    if not engine.on_this_machine(info):
        return f"the engine behind {at} runs on another machine"
    if any("selinux" in option for option in info.get("SecurityOptions") or []):
        return f"the engine behind {at} has SELinux keep containers from this machine's sockets"
    if not _mounts_our_directories(client):
        return f"the engine behind {at} cannot mount the directories of this user"
    return ""


def _mounts_our_directories(client: docker.DockerClient) -> bool:
    """Whether the engine finds the directory of this user's sockets, which has no namesake anywhere.

    Asked by a container that is never started: a mount of this kind, unlike a bind, is refused when it is not there.
    """
    from findbench.harness.sandbox import image  # with its builder: only who starts a container needs it

    directory = ownership.socket_root() / ownership.owner_token()
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"cannot write to {directory.parent} ({error.strerror}); labs keep their sockets there"
        ) from None
    mount = Mount(MOUNT_POINT, str(directory), type="bind", read_only=True)
    try:
        probe = client.api.create_container(
            image.current().tag,
            labels={ownership.OWNER_LABEL: ownership.owner_token()},
            network_disabled=True,
            host_config=client.api.create_host_config(mounts=[mount], network_mode="none"),
        )
    except docker.errors.APIError as error:
        if "invalid mount config" in engine.one_line(error):  # not there, or (rootless) not this engine's to see
            return False
        raise engine.translate_error(error) from error
    except requests.RequestException as error:
        raise engine.translate_error(error) from error
    engine.remove_container(client, probe["Id"])
    return True
