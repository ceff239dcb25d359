"""What people use today, measured beside us: `docker exec`, `docker run`, bare sockets, a bare fork."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from findbench.harness.bench.timing import percentiles, summarise
from findbench.harness.sandbox import engine, image, ownership
from findbench.harness.sandbox.backend import MOUNT_POINT
from findbench.harness.sandbox.docker import ENVIRONMENT, draw_user, host_config, identity
from findbench.harness.sandbox.transport import resolve
from findbench.harness.schema.limits import Limits
from findbench.sandbox_image import wire

IMPORT_NUMPY = ["/usr/bin/python3", "-c", "import numpy"]
"""The least that an experiment with numpy costs when each step starts an interpreter."""
PINGPONG_BYTES = wire.SCALAR.size
ARRAY_BYTES = 8_000_000


def docker_exec(*, repeat: int) -> dict[str, float]:
    """`docker exec` of python + numpy in a running container, over the engine's API (quicker than its command line)."""
    api = engine.connect().api
    created = api.create_container(
        image.current().tag,
        entrypoint=["/usr/bin/python3", "-c", "import time; time.sleep(3600)"],
        labels={ownership.OWNER_LABEL: ownership.owner_token()},
        network_disabled=True,
    )
    try:
        api.start(created["Id"])

        def once() -> None:
            execution = api.exec_create(created["Id"], IMPORT_NUMPY)
            api.exec_start(execution["Id"])

        return percentiles("docker_exec", "ms", once, repeat=repeat)
    finally:
        api.remove_container(created["Id"], force=True)


def docker_run(*, repeat: int, runtime: str = "runc", warm: int = 1) -> dict[str, float]:
    """A hardened `docker run --rm` of python + numpy: create, start, wait, remove, with a lab's own flags."""
    api = engine.connect().api
    with _mount() as mounted:
        options = host_config(Limits(), runtime=runtime, **mounted)

        def once() -> None:
            created = api.create_container(
                image.current().tag,
                entrypoint=IMPORT_NUMPY,
                user=identity(draw_user()),
                environment=ENVIRONMENT,
                network_disabled=True,
                labels={ownership.OWNER_LABEL: ownership.owner_token()},
                host_config=options,
            )
            api.start(created["Id"])
            api.wait(created["Id"])
            api.remove_container(created["Id"], force=True)

        return percentiles("docker_run", "ms", once, repeat=repeat, warm=warm)


@contextlib.contextmanager
def _mount() -> Iterator[dict[str, Any]]:
    """What a lab's container has mounted: a directory, if the engine sees this machine's."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"binds": {folder: {"bind": MOUNT_POINT, "mode": "ro"}}} if resolve("auto") == "unix" else {}


def _with_echo_server(size: int, action: str, repeat: int, unit: str, name: str) -> dict[str, float]:
    """Time a round trip of `size` bytes with a second process that sends back what it received."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / action)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        child = os.fork()
        if not child:
            try:
                peer, _ = listener.accept()
                while True:
                    data = wire.receive_exactly(peer, size) if size > 4096 else peer.recv(size)
                    if not data:
                        break
                    peer.sendall(data)
            finally:
                os._exit(0)
        listener.close()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            payload = b"x" * size

            def small() -> None:
                sock.sendall(payload)
                sock.recv(size)

            def large() -> None:
                # The echo starts when all bytes have arrived, so one thread suffices at both ends.
                sock.sendall(payload)
                wire.receive_exactly(sock, size)

            figures = percentiles(name, unit, small if size <= 4096 else large, repeat=repeat, warm=20)
        os.waitpid(child, 0)
        return figures


def pingpong(*, repeat: int) -> dict[str, float]:
    """Bare Python unix-socket ping-pong on the host: 13 bytes there and back."""
    return _with_echo_server(PINGPONG_BYTES, "pingpong", repeat, "us", "pingpong")


def array_copy(*, repeat: int) -> dict[str, float]:
    """A million float64 through a bare unix socket and back."""
    return _with_echo_server(ARRAY_BYTES, "copy", repeat, "ms", "array_copy")


def container_start(*, repeat: int) -> dict[str, float]:
    """Create + start of a container that does nothing, with a lab's flags: the floor of a lab's start."""
    api = engine.connect().api
    seconds = []
    with _mount() as mounted:
        options = host_config(Limits(), runtime="runc", **mounted)
        for _ in range(repeat):
            start = time.perf_counter()
            created = api.create_container(
                image.current().tag,
                entrypoint=["/usr/bin/python3", "-c", "import time; time.sleep(60)"],
                user=identity(draw_user()),
                network_disabled=True,
                labels={ownership.OWNER_LABEL: ownership.owner_token()},
                host_config=options,
            )
            api.start(created["Id"])
            seconds.append(time.perf_counter() - start)
            api.remove_container(created["Id"], force=True)
    return summarise("container_start", "ms", seconds)
