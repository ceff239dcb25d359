"""The container engine: reach it, say what it is and what is wrong with it."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import docker
import requests
from docker.errors import APIError, ImageNotFound

from findbench.harness.errors import EngineError, FindbenchError, InfrastructureError
from findbench.harness.sandbox import endpoint

TIMEOUT_SECONDS = 60
"""How long one request to the engine may take. Probes use less."""
POOL_CONNECTIONS = 64
"""Connections kept to the engine: one per worker thread, with room."""
REMOVAL_SECONDS = 10
"""How long a container that somebody else is removing is waited for."""
MEMORY_OF_ALL, PROCESSES, PROCESSORS = "memory of all processes together", "processes", "processors"
"""Limits of a lab that rest on control groups. Time, stdout, queries and the memory of one process do not."""
_clients: dict[tuple[int, endpoint.Endpoint, int], docker.DockerClient] = {}
_clients_lock = threading.Lock()


# -- reaching it -------------------------------------------------------------------------------------------------------


def connect(timeout: int = TIMEOUT_SECONDS) -> docker.DockerClient:
    """The engine's client, one a process, checked once that it answers.

    The engine is the one that docker's own command line would use. Raises EngineError with the fix.
    """
    found = endpoint.current()
    key = (os.getpid(), found, timeout)  # a forked child must not speak on its parent's connections
    with _clients_lock:
        if key not in _clients:
            _clients[key] = endpoint.client(found, timeout=timeout, connections=POOL_CONNECTIONS)
        return _clients[key]


@contextlib.contextmanager
def using(host: str | None) -> Iterator[None]:
    """Within it, this process's engine is the one at `host` (as `DOCKER_HOST` has it); None changes nothing."""
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


@atexit.register
def _leave() -> None:
    """Close this process's connections."""
    with _clients_lock:
        for (pid, _, _), client in list(_clients.items()):
            if pid == os.getpid():
                client.close()
        _clients.clear()


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
            return EngineError(f"the engine has no runtime {runtime!r}; {fix}")
        if isinstance(error, ImageNotFound) or "no such image" in text.lower():
            return EngineError("the sandbox image is not there; run `findbench image build`")
        return InfrastructureError(f"the engine could not start a lab: {text}")
    if not isinstance(error, requests.Timeout):
        try:
            endpoint.current().ping()
        except EngineError as reason:
            return reason
    return InfrastructureError(f"the engine did not answer: {text}")


# -- what it is --------------------------------------------------------------------------------------------------------


def has_runtime(name: str) -> bool:
    """Whether the engine knows the runtime `name`."""
    return name in connect().info().get("Runtimes", {})


IGNORES_CONTROL_GROUPS = "ignore-cgroups"
"""The flag by which gVisor is told to leave control groups alone: what rests on them is not limited then."""
_FLAGS = {"MemoryLimit": MEMORY_OF_ALL, "PidsLimit": PROCESSES, "CpuCfsQuota": PROCESSORS}
"""What the engine says of itself -> the limit that rests on it."""


def unenforced(runtime: str) -> list[str]:
    """The limits of a lab that neither this engine nor the runtime enforces, in words; none where all hold.

    By what engine and runtime are configured to do; `findbench doctor --deep` tries it.
    """
    info = connect().info()
    arguments = info.get("Runtimes", {}).get(runtime, {}).get("runtimeArgs") or []
    if any(
        argument.lstrip("-") in (IGNORES_CONTROL_GROUPS, f"{IGNORES_CONTROL_GROUPS}=true") for argument in arguments
    ):
        return list(_FLAGS.values())
    return [limit for flag, limit in _FLAGS.items() if not info.get(flag, True)]


def engine_info() -> dict[str, Any]:
    """What a record says about the engine: versions, kernel, storage, cgroups, runtimes with their versions."""
    client = connect()
    try:
        info, version = client.info(), client.version()
    except (APIError, requests.RequestException) as error:
        raise translate_error(error) from error
    local = on_this_machine(info)  # whose binaries can be asked
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
            name: components.get("runc", "")
            if name == "runc"
            else _runtime_version(known[name].get("path", "") if local else "")
            for name in sorted(known)
            if not name.startswith("io.containerd.")
        },
    }


def on_this_machine(info: dict[str, Any]) -> bool:
    """Whether the engine that says `info` of itself runs under this machine's kernel, behind a unix socket."""
    return endpoint.current().kind == "unix" and info.get("KernelVersion") == os.uname().release


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


def remove_container(client: docker.DockerClient, container: str) -> None:
    """Remove, or wait for the one who already does. What cannot be removed now is left for the next sweep.

    Raises requests.RequestException when the engine does not answer.
    """
    try:
        client.api.remove_container(container, force=True, v=True)
    except APIError as error:
        if error.status_code == HTTPStatus.CONFLICT:
            with contextlib.suppress(APIError, requests.RequestException):
                client.api.wait(container, timeout=REMOVAL_SECONDS, condition="removed")
