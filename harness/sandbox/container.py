"""One isolated container with a runner in it: hardened flags, one read-only mount with unix sockets, bounded messages.

A sandbox knows nothing of functions; `Lab` adds one. It is started once, used by one owner, closed once.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import threading
import time
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import docker
import requests

from findbench.harness.errors import EngineError, InfrastructureError
from findbench.harness.sandbox import engine, image, ownership
from findbench.harness.schema import Limits
from findbench.sandbox_image import wire

START_SECONDS = 60.0
"""How long a container may take from `start` to its runner's first word (a loaded machine, gVisor)."""
LEAVE_SECONDS = 2
"""How long an idle container whose control socket was shut may take to end by itself, before it is killed."""
GRACE_SECONDS = 10.0
"""How long after an experiment's own limit the runner may take to say so, before the container is killed."""
RUNNER_RESERVE_MIB = 48
"""Memory kept for the runner when the limit of one experiment's data is set, so that Python can say MemoryError."""
MOUNT_POINT = "/run/lab"
USER = "10001:10001"
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - the container's own tmpfs
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # sets iterate in the same order whenever a transcript is replayed
    "OPENBLAS_NUM_THREADS": "1",  # threads do not survive a fork, and each reserves memory
}


class DiedError(Exception):
    """The container ended during a task. `oom`: the kernel says it was out of memory."""

    def __init__(self, *, oom: bool) -> None:
        super().__init__("container ended")
        self.oom = oom


class TooLateError(Exception):
    """The runner did not answer long after the time limit of its task; the sandbox is of no more use."""


@lru_cache
def seccomp_profile() -> str:
    """The seccomp profile of a lab, as JSON text."""
    return resources.files("findbench.sandbox_image").joinpath("seccomp.json").read_text()


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
    "/dev/mqueue",  # message queues: writable, and there although the container shares no IPC
]
"""Docker's own list (which giving one replaces), and what else a lab has no use for."""


def host_config(limits: Limits, mount: Path, *, runtime: str) -> dict[str, Any]:
    """Every protection of a lab's container, in one place: the host configuration that the engine's API takes."""
    memory = limits.memory_mib << 20
    options: dict[str, Any] = {
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges", f"seccomp={seccomp_profile()}"],
        "pids_limit": limits.processes,
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": int(limits.cpus * 1e9),
        "ipc_mode": "none",
        "log_config": {"Type": "none", "Config": {}},
        "tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,size={limits.tmp_mib}m,nr_inodes=4096,mode=1777"},  # noqa: S108
        "binds": {str(mount): {"bind": MOUNT_POINT, "mode": "ro"}},
        "ulimits": [
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "nofile", "Soft": 256, "Hard": 256},
            {"Name": "memlock", "Soft": 0, "Hard": 0},
        ],
        "runtime": runtime,
        "privileged": False,
        "publish_all_ports": False,
        "restart_policy": {"Name": "no"},
    }
    config: dict[str, Any] = engine.connect().api.create_host_config(**options)
    config["MaskedPaths"] = MASKED_PATHS  # docker-py has no keyword for it
    return config


def _make_directory() -> Path:
    """A new directory for the sockets of one lab. Raises InfrastructureError when there is no room for it."""
    try:
        directory = ownership.socket_root() / ownership.owner_token() / secrets.token_hex(8)
        directory.mkdir(parents=True, mode=0o700)
        directory.chmod(0o755)
    except OSError as error:
        raise InfrastructureError(f"no directory for a lab's sockets: {error}") from error
    return directory


class Sandbox:
    """A started container. Thread-safe only in `close`, which may be called from anywhere and more than once."""

    def __init__(self, limits: Limits | None = None, *, runtime: str = "runc", numpy: bool = True) -> None:
        """Create and start the container and wait for its runner.

        `numpy`: imported before the first task, as experiments want it; submitted code may do without.

        Raises EngineError when the engine, the image or the runtime is not there, InfrastructureError when the
        container does not come up.
        """
        self.limits = limits or Limits()
        self.runtime = runtime
        self.numpy = numpy
        self.client = engine.connect()
        self.directory = _make_directory()
        self.container = ""
        self.control: socket.socket | None = None
        self._idle = False
        self._closing = threading.Lock()
        self._closed = False
        try:
            self._start()
        except BaseException as error:
            self.close()
            if isinstance(error, (docker.errors.APIError, requests.RequestException)):
                raise engine.translate_error(error, runtime=runtime) from error
            if isinstance(error, OSError):
                raise InfrastructureError(f"no socket for a lab: {error}") from error
            raise

    def _start(self) -> None:
        api = self.client.api
        with socket.socket(socket.AF_UNIX) as listener:
            path = self.directory / "control"
            listener.bind(str(path))
            path.chmod(0o666)
            listener.listen(1)
            created = api.create_container(
                image.current().tag,
                command=self._arguments(),
                hostname="lab",
                user=USER,
                environment=ENVIRONMENT,
                working_dir="/tmp",  # noqa: S108
                network_disabled=True,
                stop_signal="SIGKILL",  # there is nothing to tidy up: an engine that stops need not wait for it
                labels={ownership.OWNER_LABEL: ownership.owner_token()},
                host_config=host_config(self.limits, self.directory, runtime=self.runtime),
            )
            self.container = created["Id"]
            api.start(self.container)
            self.control = self._accept(listener)
            path.unlink()  # one runner, one connection: nobody else can speak on the control socket
        try:
            kind, _ = wire.receive_frame(self.control, 0, deadline=time.monotonic() + START_SECONDS)
        except (OSError, wire.WireError) as error:
            raise InfrastructureError(f"the lab's runner did not come up: {error}") from error
        if kind != wire.READY:
            raise InfrastructureError("the lab's runner spoke out of turn")
        self._idle = True

    def _arguments(self) -> list[str]:
        """Of the runner: bytes of memory of an experiment's data, then words."""
        data_mib = max(16, self.limits.memory_mib - RUNNER_RESERVE_MIB)
        address_space = self.runtime != "runc"  # gVisor's kernel does not limit data
        words = {"numpy": self.numpy, "limit-address-space": address_space}
        return [str(data_mib << 20), *(word for word, said in words.items() if said)]

    def _accept(self, listener: socket.socket) -> socket.socket:
        deadline = time.monotonic() + START_SECONDS
        listener.settimeout(0.5)
        while time.monotonic() < deadline:
            try:
                return listener.accept()[0]
            except TimeoutError:
                if not self.client.api.inspect_container(self.container)["State"]["Running"]:
                    break
        raise InfrastructureError(
            "the lab's container ended or hung before its runner connected; `findbench doctor --deep` tells more"
        )

    def _submit(self, kind: int, task: wire.Task, reply_limit: int) -> wire.Outcome:
        if self.control is None:
            raise InfrastructureError("the lab is closed")
        try:
            deadline = time.monotonic() + task.seconds + GRACE_SECONDS
            self._idle = False
            self.control.settimeout(task.seconds + GRACE_SECONDS)
            wire.send_frame(self.control, kind, task.encode())
            reply, payload = wire.receive_frame(self.control, reply_limit, deadline=deadline)
            if reply != wire.OUTCOME:
                raise wire.WireError("unexpected frame")
            outcome = wire.Outcome.decode(bytes(payload))
            self._idle = True
            return outcome
        except TimeoutError:
            raise TooLateError from None
        except (OSError, wire.WireError) as error:
            raise DiedError(oom=self._ran_out_of_memory()) from error

    def run(self, task: wire.Task) -> wire.Outcome:
        """One experiment. Raises DiedError, TooLateError, InfrastructureError."""
        return self._submit(wire.RUN, task, task.stdout_bytes + 3)

    def evaluate(self, task: wire.Task) -> wire.Outcome:
        """Submitted code over inputs. `task.stdout_bytes` bounds the packed outputs. Raises as `run` does."""
        return self._submit(wire.EVALUATE, task, task.stdout_bytes + 3)

    def _ran_out_of_memory(self) -> bool:
        """Ask the engine why the container ended; InfrastructureError when it cannot tell or somebody removed it."""
        for _ in range(50):
            try:
                state = self.client.api.inspect_container(self.container)["State"]
            except (docker.errors.APIError, requests.RequestException) as error:
                raise InfrastructureError(f"the lab's container is gone: {engine.one_line(error)}") from error
            if not state["Running"]:
                return bool(state["OOMKilled"])
            time.sleep(0.1)  # the socket closed, the engine has not noticed yet
        raise InfrastructureError("the lab's runner broke the protocol")

    def memory_bytes(self) -> int:
        """What the kernel charges the container with, without page cache that it could give back."""
        usage = self.client.api.stats(self.container, stream=False)["memory_stats"]
        cache = usage["stats"].get("total_inactive_file", usage["stats"].get("inactive_file", 0))
        return int(usage["usage"] - cache)

    def close(self) -> None:
        """Remove the container and its socket directory. Never raises; what cannot be removed now the sweep removes."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if self.control is not None:
            # Shut down now, closed last: a thread that waits on it must wake before its descriptor's number is reused.
            with contextlib.suppress(OSError):
                self.control.shutdown(socket.SHUT_RDWR)
        if self.container:
            if self._idle:  # then its runner leaves by itself now: killing it would cost the engine a process
                with contextlib.suppress(docker.errors.APIError, requests.RequestException, EngineError):
                    self.client.api.wait(self.container, timeout=LEAVE_SECONDS)
            with contextlib.suppress(requests.RequestException):
                ownership.remove_container(self.client, self.container)
        if self.control is not None:
            self.control.close()
        shutil.rmtree(self.directory, ignore_errors=True)
