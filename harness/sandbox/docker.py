"""The Docker back end: a hardened container with a runner in it, reached over one of two transports."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from functools import lru_cache
from http import HTTPStatus
from importlib import resources
from typing import TYPE_CHECKING, Any

import docker
import requests

from findbench.harness.errors import EngineError, InfrastructureError
from findbench.harness.sandbox import engine, ownership

if TYPE_CHECKING:
    from collections.abc import Callable

    from findbench.harness.sandbox.backend import Channels
    from findbench.harness.schema.limits import Limits

START_SECONDS = 60.0
"""How long a container may take from `start` until its runner is ready (a loaded machine, gVisor)."""
LEAVE_SECONDS = 2
"""How long an idle container whose channels were shut may take to end by itself, before it is killed."""
RUNNER_RESERVE_MIB = 48
"""Memory kept for the runner when the limit of one experiment's data is set, so that Python can say MemoryError."""
OWN_KERNEL_MIB = 128
"""Memory added to a lab's limit under a runtime with a kernel of its own (gVisor), which counts as the lab's."""
OWN_KERNEL_PROCESSES = 8
"""What the kernel of the host counts at most per process inside, under such a runtime: its threads and helpers."""
USERS = range(20_000, 60_001)
"""Numbers that labs get as their user (and group), each alive one its own: kernels count some things per user."""
USER_TRIES = 50
"""Numbers that are tried until one is free."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - the container's own tmpfs
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # sets iterate in the same order whenever a transcript is replayed
    "OPENBLAS_NUM_THREADS": "1",  # threads do not survive a fork, and each reserves memory
}


def draw_user() -> int:
    """A number of `USERS`, at random."""
    return USERS[secrets.randbelow(len(USERS))]


def identity(user: int) -> str:
    """What the engine takes as the user of a lab."""
    return f"{user}:{user}"


@lru_cache
def seccomp_profile() -> str:
    """The seccomp profile of a lab, as JSON text."""
    return resources.files("findbench.sandbox_image").joinpath("seccomp.json").read_text()


def has_own_kernel(runtime: str) -> bool:
    """Whether labs of this runtime see a kernel that is the runtime's own and not the machine's."""
    return runtime != "runc"


MASKED_PATHS = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
    *(f"/sys/fs/cgroup/memory/memory.{name}" for name in ("max_usage_in_bytes", "memsw.max_usage_in_bytes", "failcnt")),
    *(f"/sys/fs/cgroup/{name}" for name in ("memory.peak", "memory.swap.peak", "pids.peak", "pids.events")),
    "/sys/fs/cgroup/pids/pids.events",
    "/dev/mqueue",  # message queues: writable, and there although the container shares no IPC
]
"""Docker's own list (which giving one replaces), and what else a lab has no use for: peaks and counts of failures tell
one process what another did before it."""


def host_config(limits: Limits, *, runtime: str, **transport: Any) -> dict[str, Any]:
    """Every protection of a lab's container, in one place: the host configuration that the engine's API takes.

    `transport`: what the transport needs besides.
    """
    own_kernel = has_own_kernel(runtime)
    memory = (limits.memory_mib + own_kernel * OWN_KERNEL_MIB) << 20
    options: dict[str, Any] = {
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges", f"seccomp={seccomp_profile()}"],
        "pids_limit": limits.processes * (OWN_KERNEL_PROCESSES if own_kernel else 1),
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": int(limits.cpus * 1e9),
        "ipc_mode": "none",
        "log_config": {"Type": "none", "Config": {}},
        "tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,size={limits.tmp_mib}m,nr_inodes=4096,mode=1777"},  # noqa: S108
        "ulimits": [
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "nofile", "Soft": 256, "Hard": 256},
            {"Name": "memlock", "Soft": 0, "Hard": 0},
        ],
        "runtime": runtime,
        "privileged": False,
        "publish_all_ports": False,
        "restart_policy": {"Name": "no"},
        **transport,
    }
    config: dict[str, Any] = engine.connect().api.create_host_config(**options)
    config["MaskedPaths"] = MASKED_PATHS  # docker-py has no keyword for it
    return config


class Docker:
    """Starts containers on the engine that `engine.connect` finds."""

    def __init__(self, open_channels: Callable[[], Channels]) -> None:
        """`open_channels`: makes the channels of one container, over whatever transport."""
        self._open_channels = open_channels

    def start(self, limits: Limits, *, runtime: str, numpy: bool) -> DockerConnection:
        """As in `Backend`."""
        api = engine.connect().api  # before anything is opened: it says what is wrong with the engine
        connection = DockerConnection(api, self._open_channels())
        try:
            connection.start(limits, runtime=runtime, numpy=numpy)
        except BaseException as error:
            connection.close(idle=False)
            if isinstance(error, (docker.errors.APIError, requests.RequestException)):
                raise engine.translate_error(error, runtime=runtime) from error
            if isinstance(error, OSError):
                raise InfrastructureError(f"cannot connect to a lab: {error}") from error
            raise
        return connection


class DockerConnection:
    """One container. `close` may be called from any thread, more than once."""

    def __init__(self, api: docker.APIClient, channels: Channels) -> None:
        self.channels = channels
        self.container_id = ""
        self._api = api
        self._closing = threading.Lock()
        self._closed = False

    def start(self, limits: Limits, *, runtime: str, numpy: bool) -> None:
        """Create and start it, and wait for its runner; once. What it raises, `Docker.start` translates."""
        self.container_id = self._create(limits, runtime, numpy=numpy)
        self.channels.attach(self.container_id)
        self._api.start(self.container_id)
        self.channels.connect(lambda: bool(self._state()["Running"]), deadline=time.monotonic() + START_SECONDS)

    def _create(self, limits: Limits, runtime: str, *, numpy: bool) -> str:
        """Create it with a user that no other lab of the engine has: names hold the numbers, and are unique."""
        left = USER_TRIES
        while True:
            try:
                return self._create_as(draw_user(), limits, runtime, numpy=numpy)
            except docker.errors.APIError as error:
                left -= 1
                if error.status_code != HTTPStatus.CONFLICT or not left:
                    raise

    def _create_as(self, user: int, limits: Limits, runtime: str, *, numpy: bool) -> str:
        from findbench.harness.sandbox import image  # with its builder: only who starts a container needs it

        created = self._api.create_container(
            image.current().tag,
            name=f"lab-{user}",
            command=[*_arguments(limits, runtime, numpy=numpy), *self.channels.words],
            hostname="lab",
            user=identity(user),
            environment=ENVIRONMENT,
            working_dir="/tmp",  # noqa: S108
            network_disabled=True,
            stop_signal="SIGKILL",  # there is nothing to tidy up: an engine that stops need not wait for it
            labels={ownership.OWNER_LABEL: ownership.owner_token()},
            host_config=host_config(limits, runtime=runtime, **self.channels.host_options),
            **self.channels.container_options,
        )
        return str(created["Id"])

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._api.inspect_container(self.container_id)["State"]
        return state

    def ran_out_of_memory(self) -> bool:
        """As in `Connection`. A container that goes on although its runner broke the protocol did not."""
        for _ in range(50):
            try:
                state = self._state()
            except (docker.errors.APIError, requests.RequestException) as error:
                raise InfrastructureError(f"the lab's container is gone: {engine.one_line(error)}") from error
            if not state["Running"]:
                return bool(state["OOMKilled"])
            time.sleep(0.1)  # the channels ended, the engine has not noticed yet
        return False

    def memory_bytes(self) -> int:
        """As in `Connection`."""
        usage = self._api.stats(self.container_id, stream=False)["memory_stats"]
        cache = usage["stats"].get("total_inactive_file", usage["stats"].get("inactive_file", 0))
        return int(usage["usage"] - cache)

    def close(self, *, idle: bool) -> None:
        """As in `Connection`; what cannot be removed now the sweep removes."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self.channels.shut()
        if self.container_id:
            if idle:  # then its runner leaves by itself now: killing it would cost the engine a process
                with contextlib.suppress(docker.errors.APIError, requests.RequestException, EngineError):
                    self._api.wait(self.container_id, timeout=LEAVE_SECONDS)
            with contextlib.suppress(requests.RequestException):
                engine.remove_container(engine.connect(), self.container_id)
        self.channels.close()


def _arguments(limits: Limits, runtime: str, *, numpy: bool) -> list[str]:
    """What the runner is started with: the bytes of memory that an experiment's data may take, then words."""
    data_mib = max(16, limits.memory_mib - RUNNER_RESERVE_MIB)
    words = {"numpy": numpy, "own-kernel": has_own_kernel(runtime)}
    return [str(data_mib << 20), *(word for word, said in words.items() if said)]
