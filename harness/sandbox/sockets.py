"""The transport for an engine on this machine: unix sockets in a directory that the container sees read-only.

One thread for each connection of the oracle: a blocking receive-evaluate-send loop has the lowest latency that Python
offers. One connection for control, whose name is gone once the runner has it.
"""

from __future__ import annotations

import _thread
import contextlib
import secrets
import select
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from findbench.harness.errors import InfrastructureError
from findbench.harness.sandbox import ownership
from findbench.harness.sandbox.backend import (
    FRAME_SECONDS,
    FREE_CONNECTIONS,
    LARGE,
    MOUNT_POINT,
    Reply,
    Service,
    Transport,
)
from findbench.sandbox_image import wire

MAX_CONNECTIONS = 16
"""At once: an experiment needs one, a few processes of an experiment may open their own."""
SO_SNDBUFFORCE = 32
SEND_BUFFER = 4 << 20
"""Bytes of replies that may be under way: few, large copies for arrays."""


class SocketChannels:
    """`Channels` over unix sockets: `control`, which the runner connects to, and `oracle`, once there is a service."""

    name: Transport = "unix"
    words: tuple[str, ...] = ()

    def __init__(self) -> None:
        """Make the directory and listen for the runner. Raises InfrastructureError when there is no room for it."""
        self.directory = _make_directory()
        self.host_options: dict[str, Any] = {"binds": {str(self.directory): {"bind": MOUNT_POINT, "mode": "ro"}}}
        self.container_options: dict[str, Any] = {}
        self._control: socket.socket | None = None
        self._server: OracleServer | None = None
        self._path = self.directory / "control"
        try:
            self._listener = _listen(self._path, 1)
        except OSError as error:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise InfrastructureError(f"no socket for a lab: {error}") from error

    def attach(self, container: str) -> None:
        """Nothing: the container finds its sockets where they are mounted."""

    def connect(self, is_running: Callable[[], bool], *, deadline: float) -> None:
        """Accept the runner's connection and hear that it is ready. As in `Channels`."""
        try:
            self._control = self._accept(is_running, deadline)
            self._path.unlink()  # one runner, one connection: nobody else can speak on the control socket
            self._listener.close()
            kind, _ = wire.receive_frame(self._control, 0, deadline=deadline)
        except (OSError, wire.WireError) as error:
            raise InfrastructureError(f"the lab's runner did not come up: {error}") from error
        if kind != wire.READY:
            raise InfrastructureError("the lab's runner sent something that nothing asked for")

    def _accept(self, is_running: Callable[[], bool], deadline: float) -> socket.socket:
        self._listener.settimeout(0.5)
        while time.monotonic() < deadline:
            try:
                return self._listener.accept()[0]
            except TimeoutError:
                if not is_running():
                    break
        raise InfrastructureError(
            "the lab's container ended or hung before its runner connected; `findbench doctor --deep` tells more"
        )

    def exchange(self, kind: int, *payload: bytes, limit: int, deadline: float) -> tuple[int, bytearray]:
        """One frame there and one back. As in `Channels`."""
        control = self._control
        if control is None:
            raise wire.WireError("not connected")
        control.settimeout(max(deadline - time.monotonic(), 1e-6))  # 0 would mean: do not block
        wire.send_frame(control, kind, *payload)
        return wire.receive_frame(control, limit, deadline=deadline)

    def serve(self, service: Service) -> None:
        """Open the oracle's socket, or have it answered anew. As in `Channels`.

        Raises InfrastructureError when there is no room for it.
        """
        if self._server is not None:
            self._server.serve(service)
            return
        try:
            self._server = OracleServer(service, self.directory / "oracle")
        except OSError as error:
            raise InfrastructureError(f"no socket for a lab: {error}") from error

    def shut(self) -> None:
        """As in `Channels`. Not closed yet: who waits on it must wake before its descriptor's number is reused."""
        if self._server is not None:
            self._server.close()
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """As in `Channels`."""
        self._listener.close()
        if self._control is not None:
            self._control.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def _make_directory() -> Path:
    """A new directory for the sockets of one lab. Raises InfrastructureError when there is no room for it."""
    try:
        directory = ownership.socket_root() / ownership.owner_token() / secrets.token_hex(8)
        directory.mkdir(parents=True, mode=0o700)
        directory.chmod(0o755)
    except OSError as error:
        raise InfrastructureError(f"no directory for a lab's sockets: {error}") from error
    return directory


def _shut(sockets: Iterable[socket.socket]) -> None:
    """Wake whoever waits on them; each closes its own."""
    for sock in sockets:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _listen(path: Path, backlog: int) -> socket.socket:
    """A listening socket at `path` that a container's user may connect to."""
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    return listener


class OracleServer:
    """Moves the bytes between one listening socket and a `Service` until closed, whatever those bytes are."""

    def __init__(self, service: Service, path: Path) -> None:
        self.path = path
        self._service = service
        self._lock = threading.Lock()
        self._throttle = threading.Lock()
        self._large = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._closed = False
        self._listener = _listen(path, MAX_CONNECTIONS)
        self._listener.setblocking(False)
        _thread.start_new_thread(self._accept, ())  # a Thread would have a lab wait, up to 2 ms, until it runs

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def serve(self, service: Service) -> None:
        """Have `service` answer what connects from now on, and end what is connected or waits to be.

        What a connection has sent and nobody has read yet may still be answered, by the service that it began with.
        """
        with self._lock:
            self._service = service
            connections, self._connections = self._connections, set()
            with contextlib.suppress(OSError):  # until there is none
                while True:
                    self._listener.accept()[0].close()
        _shut(connections)

    def close(self) -> None:
        """Stop serving: no connection and no thread outlives this by more than a moment."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        _shut((self._listener, *connections))
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        waiting = select.poll()
        waiting.register(self._listener, select.POLLIN)
        accepted = 0
        with self._listener:  # closed here, lest another descriptor gets its number while this waits on it
            while True:
                waiting.poll()
                if accepted >= FREE_CONNECTIONS and not self._closed:
                    self._wait(self._service.strike())
                with self._lock:  # together, so that who connected before `serve` is not served by what came with it
                    if self._closed:
                        return
                    try:
                        sock, _ = self._listener.accept()
                    except BlockingIOError:  # `serve` was sooner
                        continue
                    except OSError:
                        return
                    service = self._service
                    full = len(self._connections) >= MAX_CONNECTIONS
                    if not full:
                        self._connections.add(sock)
                accepted += 1
                if full:
                    sock.close()
                    self._wait(self._service.strike())
                    continue
                with contextlib.suppress(OSError):  # only root may exceed the system's limit; arrays are slower without
                    sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER)
                threading.Thread(target=self._serve, args=(sock, service), name="oracle", daemon=True).start()

    def _serve(self, sock: socket.socket, service: Service) -> None:
        with contextlib.suppress(OSError, wire.WireError), sock:
            self.converse(sock, service)
        with self._lock:
            self._connections.discard(sock)

    def converse(self, sock: socket.socket, service: Service) -> None:
        """Answer one connection until its end. Raises OSError or WireError when it ends in any other way."""
        scalar = service.scalar
        sock.settimeout(None)
        while start := sock.recv(wire.SCALAR.size):
            if len(start) == wire.SCALAR.size and start[4] == wire.NUMBER and start[:4] == b"\x08\0\0\0":
                value = scalar(wire.SCALAR.unpack(start)[2])  # the fast path: one number in one packet
                if not isinstance(value, Reply):
                    sock.sendall(wire.SCALAR.pack(8, wire.NUMBER, value))
                    continue
                self._send(sock, value)
            else:
                self._general(sock, service, start)
            sock.settimeout(None)  # the next call may be a long time away

    def _general(self, sock: socket.socket, service: Service, start: bytes) -> None:
        deadline = time.monotonic() + FRAME_SECONDS
        if len(start) < wire.HEADER.size:
            start += wire.receive_exactly(sock, wire.HEADER.size - len(start), deadline=deadline)
        length, kind = wire.HEADER.unpack_from(start)
        body = start[wire.HEADER.size :]
        if len(body) > length:
            raise wire.WireError("bytes after a frame")  # no client of ours sends a request before the reply
        if refusal := service.check(kind, length):
            self._skip(sock, service, length - len(body), deadline)
            self._send(sock, service.refuse(refusal))
            if refusal == wire.MALFORMED:
                raise wire.WireError("malformed")
            return
        if length <= LARGE:
            payload = wire.receive_exactly(sock, length, body, deadline=deadline)
            self._send(sock, service.answer(kind, payload))
            return
        with self._large:
            payload = wire.receive_exactly(sock, length, body, deadline=time.monotonic() + FRAME_SECONDS)
            self._send(sock, service.answer(kind, payload))

    def _skip(self, sock: socket.socket, service: Service, length: int, deadline: float) -> None:
        """Read away a refused payload, so that the connection stays in step; a giant one costs the connection."""
        if length > 2 * wire.MAX_NUMBERS_FRAME:
            self._send(sock, service.refuse(wire.TOO_LARGE))
            raise wire.WireError("giant frame")
        while length:
            piece = min(length, 1 << 16)
            wire.receive_exactly(sock, piece, deadline=deadline)
            length -= piece

    def _send(self, sock: socket.socket, reply: Reply) -> None:
        self._wait(reply.delay)
        sock.settimeout(FRAME_SECONDS)
        wire.send_frame(sock, reply.kind, reply.payload)

    def _wait(self, seconds: float) -> None:
        """One at a time: many connections are no faster than one."""
        if seconds:
            with self._throttle:
                time.sleep(seconds)
