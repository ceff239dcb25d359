"""The container engine: reach it, say what is wrong with it, find the sandbox image, remove what dead runs left."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound

from harness.errors import EngineError, FindbenchError, InfrastructureError

DEFAULT_HOST = "unix:///var/run/docker.sock"
OWNER_LABEL = "findbench.owner"
"""Label of every container of ours; its value is the owner token of the process that made it."""
TIMEOUT_SECONDS = 60
"""How long one request to the engine may take. Probes use less."""
PROBE_SECONDS = 5.0
"""How long connecting to the engine's socket may take."""
REMOVAL_SECONDS = 10
"""How long a container that somebody else is removing is waited for."""
POOL_CONNECTIONS = 64
"""Connections kept to the engine: one a worker thread, with room."""
MAX_SOCKET_PATH = 107
"""Longest path of a unix socket on Linux, in bytes."""

_clients: dict[tuple[int, str, int], docker.DockerClient] = {}
_clients_lock = threading.Lock()


class ImageId(NamedTuple):
    """The sandbox image: `tag` follows from the files it is built from, `digest` from what is inside."""

    tag: str
    digest: str


class Swept(NamedTuple):
    """How much of dead runs was found (or removed)."""

    containers: int
    directories: int


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
    """Close this process's connections, and remove its socket directory when no lab is left in it."""
    with _clients_lock:
        for (pid, _, _), client in list(_clients.items()):
            if pid == os.getpid():
                client.close()
        _clients.clear()
    with contextlib.suppress(OSError, EngineError):
        (socket_root() / owner_token()).rmdir()


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
            f"no container engine runs behind {path}; start it (`make setup` as root, or `systemctl start docker`)"
        )
    return EngineError(f"no container engine: {path} does not exist; `make setup` (as root) installs and starts one")


def one_line(error: BaseException) -> str:
    """The error as one short line of text."""
    text = getattr(error, "explanation", None) or str(error) or type(error).__name__
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(str(text).split())[:300]


def explain(error: BaseException, *, runtime: str = "runc") -> FindbenchError:
    """What an engine's failure to create or start a lab's container means.

    EngineError where only the person can help (no engine, no such runtime, no image), else InfrastructureError,
    which is retried.
    """
    text = one_line(error)
    if isinstance(error, APIError):
        if re.search(r"unknown or invalid runtime|invalid runtime name|unknown runtime", text, re.IGNORECASE):
            fix = "`make gvisor` installs it" if runtime == "runsc" else "name one that `docker info` lists"
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
        raise explain(error) from error
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


# -- the sandbox image -------------------------------------------------------------------------------------------------


def sandbox_image() -> ImageId:
    """The image that labs run: built first when the files it is made of changed (seconds when only the runner did).

    Looked up once a process. Raises EngineError when it cannot be built.
    """
    return _sandbox_image(os.environ.get("DOCKER_HOST") or DEFAULT_HOST)


@lru_cache
def _sandbox_image(host: str) -> ImageId:  # noqa: ARG001 - the key: another engine has other images
    return ensure_image()


def ensure_image(*, rebuild: bool = False) -> ImageId:
    """Build the sandbox image when its tag is missing (or `rebuild`), and return what it is. Raises EngineError."""
    from harness.setup import image  # the builder is loaded only by who needs it

    client = connect()
    tag = image.tag()
    if rebuild or (digest := image.digest(client, tag)) is None:
        digest = image.build(client, tag, use_cache=not rebuild)
    return ImageId(tag, digest)


# -- who owns what, and what the dead left -----------------------------------------------------------------------------

_TOKEN = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})-(\d+)\Z")


def owner_token(pid: int | None = None) -> str:
    """Names a process (by default this one) so that it cannot be confused with a later one of the same number.

    `<pid>-<start time in clock ticks>-<boot id, 8 digits>-<inode of its pid namespace>`.
    """
    pid = os.getpid() if pid is None else pid
    return f"{pid}-{_start_ticks(pid)}-{_boot_id()}-{_pid_namespace()}"


def _start_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    if fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return int(fields[19])  # field 22 of proc(5), counted from the state, which is field 3


@lru_cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]


@lru_cache
def _pid_namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def owner_alive(token: str) -> bool:
    """Whether the process that `token` names still runs. What cannot be known counts as alive; garbage is dead."""
    match = _TOKEN.match(token)
    if match is None:
        return False
    pid, ticks, boot, namespace = int(match[1]), int(match[2]), match[3], int(match[4])
    if boot != _boot_id():
        return False
    if namespace != _pid_namespace():
        return True  # another container of this machine shares the engine; its processes are not ours to judge
    try:
        return _start_ticks(pid) == ticks
    except PermissionError:
        return True
    except (OSError, IndexError, ValueError):
        return _hidden(pid)


def _hidden(pid: int) -> bool:
    """Whether `pid` exists though /proc does not show it (mounted with hidepid)."""
    if Path(f"/proc/{pid}").exists():
        return False  # visible, so what was read about it counts: a zombie, or gone in between
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def socket_root() -> Path:
    """The directory of this user's socket directories, mode 0700: other users cannot reach what is below it.

    Raises EngineError when something that is not ours stands in its place.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = runtime.startswith("/") and len(runtime) < 30 and os.access(runtime, os.W_OK)
    root = Path(runtime) / "labs" if usable else Path(_short_tmp()) / f"labs-{os.getuid()}"  # seen inside a lab
    with contextlib.suppress(FileExistsError):
        root.mkdir(mode=0o700)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EngineError(f"{root} is not a directory of this user; remove it, labs keep their sockets there")
    if stat.S_IMODE(found.st_mode) != 0o700:
        root.chmod(0o700)
    return root


def _short_tmp() -> str:
    """The temporary directory, or /tmp where its path would make a socket's path too long."""
    path = tempfile.gettempdir()
    return path if len(path) < MAX_SOCKET_PATH - 80 else "/tmp"  # noqa: S108 - made 0700 and checked above


def sweep(client: docker.DockerClient | None = None, *, dry_run: bool = False) -> Swept:
    """Remove the containers and socket directories of dead owners (only count them when `dry_run`).

    Never touches a live owner's, whoever runs it. Safe to call from several processes at once: what another
    removes meanwhile is waited for, so that afterwards it is gone whoever was first.
    """
    client = client or connect()
    containers = 0
    try:
        found = client.api.containers(all=True, filters={"label": OWNER_LABEL})
    except (APIError, requests.RequestException) as error:
        raise explain(error) from error
    for container in found:
        if owner_alive(container["Labels"][OWNER_LABEL]):
            continue
        containers += 1
        if not dry_run:
            with contextlib.suppress(requests.RequestException):
                remove_container(client, container["Id"])
    directories = 0
    for entry in socket_root().iterdir():
        if _TOKEN.match(entry.name) and not owner_alive(entry.name):
            directories += 1
            if not dry_run:
                _remove_tree(entry)
    return Swept(containers, directories)


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


def _remove_tree(path: Path) -> None:
    """Remove without following links: a link that stands where a directory should is itself removed."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)  # descends by descriptor and never through a link
