"""The container engine: reach it, say what it is and what is wrong with it."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound

from findbench.harness.errors import EngineError, FindbenchError, InfrastructureError

DEFAULT_HOST = "unix:///var/run/docker.sock"
TIMEOUT_SECONDS = 60
"""How long one request to the engine may take. Probes use less."""
PROBE_SECONDS = 5.0
"""How long connecting to the engine's socket may take."""
POOL_CONNECTIONS = 64
"""Connections kept to the engine: one a worker thread, with room."""
_clients: dict[tuple[int, str, int], docker.DockerClient] = {}
_clients_lock = threading.Lock()


# -- reaching it -------------------------------------------------------------------------------------------------------


def connect(timeout: int = TIMEOUT_SECONDS) -> docker.DockerClient:
    """The engine's client, one a process, checked once that it answers.

    `DOCKER_HOST` is honoured when it names a unix socket. Raises EngineError with the fix otherwise.
    """
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    key = (os.getpid(), host, timeout)  # a forked child must not speak on its parent's connections
    with _clients_lock:
        if key not in _clients:
            _clients[key] = _open(host, timeout)
        return _clients[key]


@contextlib.contextmanager
def using(host: str | None) -> Iterator[None]:
    """Within it, this process's engine is the one at `host` (`unix:///path`); None changes nothing."""
    before = os.environ.get("DOCKER_HOST")
    if host is not None:
        os.environ["DOCKER_HOST"] = host
    try:
        yield
    finally:
        if host is not None and before is None:
            del os.environ["DOCKER_HOST"]
        elif host is not None and before is not None:
            os.environ["DOCKER_HOST"] = before


def _open(host: str, timeout: int) -> docker.DockerClient:
    if not host.startswith("unix://"):
        raise EngineError(
            f"DOCKER_HOST={host} is not a unix socket: labs talk over unix sockets and need an engine on this machine; "
            "unset DOCKER_HOST"
        )
    path = Path(host.removeprefix("unix://"))
    if (reason := _unreachable(path)) is not None:
        raise reason
    client = None
    try:
        client = docker.DockerClient(base_url=host, timeout=timeout, max_pool_size=POOL_CONNECTIONS)
        client.api.trust_env = False  # a unix socket has no proxy: looking for one takes a fifth of each request
        client.ping()
    except (DockerException, requests.RequestException) as error:
        if client is not None:
            client.close()
        if "timed out" in str(error).lower():
            raise EngineError(
                f"the container engine at {path} does not answer in time; look at its log, or restart it"
            ) from error
        raise EngineError(f"the container engine at {path} refused: {one_line(error)}; look at its log") from error
    return client


@atexit.register
def _leave() -> None:
    """Close this process's connections."""
    with _clients_lock:
        for (pid, _, _), client in list(_clients.items()):
            if pid == os.getpid():
                client.close()
        _clients.clear()


def nobody_listens(path: Path) -> bool:
    """Whether the engine's socket is absent or left over. Raises OSError when it is there but cannot be reached."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_SECONDS)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return True
    return False


def _unreachable(path: Path) -> EngineError | None:
    """Why nothing answers on the socket `path`, and what to do; None when something listens."""
    try:
        if not nobody_listens(path):
            return None
    except PermissionError:
        return EngineError(
            f"no permission on the engine's socket {path}; run `sudo usermod -aG docker $USER` and log in again"
        )
    except OSError as error:
        return EngineError(f"the engine's socket {path} cannot be reached ({error}); look at the engine's log")
    if path.exists():
        return EngineError(
            f"no container engine runs behind {path}; start it (`findbench setup engine` as root, or `systemctl start "
            "docker`)"
        )
    return EngineError(
        f"no container engine: {path} does not exist; `findbench setup engine` (as root) installs and starts one"
    )


def one_line(error: BaseException) -> str:
    """The error as one short line of text."""
    text = getattr(error, "explanation", None) or str(error) or type(error).__name__
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(str(text).split())[:300]


def translate_error(error: BaseException, *, runtime: str = "runc") -> FindbenchError:
    """What an engine's failure to create or start a lab's container means.

    EngineError where only the person can help (no engine, no such runtime, no image), else InfrastructureError,
    which is retried.
    """
    text = one_line(error)
    if isinstance(error, APIError):
        if re.search(r"unknown or invalid runtime|invalid runtime name|unknown runtime", text, re.IGNORECASE):
            fix = "`findbench setup gvisor` installs it" if runtime == "runsc" else "name one that `docker info` lists"
            return EngineError(f"the engine knows no runtime {runtime!r}; {fix}")
        if isinstance(error, ImageNotFound) or "no such image" in text.lower():
            return EngineError("the sandbox image is not there; run `findbench image build`")
        return InfrastructureError(f"the engine could not start a lab: {text}")
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    reason = None if isinstance(error, requests.Timeout) else _unreachable(Path(host.removeprefix("unix://")))
    return reason or InfrastructureError(f"the engine did not answer: {text}")


# -- what it is --------------------------------------------------------------------------------------------------------


def has_runtime(name: str) -> bool:
    """Whether the engine knows the runtime `name`."""
    return name in connect().info().get("Runtimes", {})


def engine_info() -> dict[str, Any]:
    """What a record says about the engine: versions, kernel, storage, cgroups, runtimes with their versions."""
    client = connect()
    try:
        info, version = client.info(), client.version()
    except (APIError, requests.RequestException) as error:
        raise translate_error(error) from error
    components = {part["Name"]: part["Version"] for part in version.get("Components") or []}
    known = info.get("Runtimes", {})
    return {
        "engine": info["ServerVersion"],
        "api": version.get("ApiVersion", ""),
        "kernel": info["KernelVersion"],
        "os": info["OperatingSystem"],
        "architecture": info["Architecture"],
        "storage_driver": info["Driver"],
        "cgroup_version": str(info.get("CgroupVersion", "1")),
        "containerd": components.get("containerd", ""),
        "runtimes": {
            name: components.get("runc", "") if name == "runc" else _runtime_version(known[name].get("path", ""))
            for name in sorted(known)
            if not name.startswith("io.containerd.")
        },
    }


@lru_cache
def _runtime_version(path: str) -> str:
    """First line of `<runtime> --version`, or nothing (a runtime that hangs must not stop a record)."""
    binary = shutil.which(path) if path else None
    if binary is None:
        return ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
        return next(iter(done.stdout.splitlines()), "")
    return ""
