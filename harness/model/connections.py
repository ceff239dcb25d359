"""The live connections of a chat client, so that closing it wakes the threads that wait for a reply."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Mapping
from typing import Any

import httpx2


class Connections:
    """Learns of every connection as it is made, over the transport's own `trace` extension.

    One that is still being made is not known yet: the timeout of connecting ends it.
    """

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._shut = False

    def watch(self, request: httpx2.Request) -> None:
        """An event hook for requests: note the connections that this one makes."""
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            made: socket.socket = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._sockets.add(made)
                if self._shut:
                    _shut_down(made)

    def shut_down(self) -> None:
        """End all connections, and those that are made from now on; who reads from one comes back at once.

        To close a descriptor is not enough: a thread that waits in a read is not told of it.
        """
        with self._lock:
            self._shut = True
            for made in self._sockets:
                _shut_down(made)


def _shut_down(made: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side, or the pool, was quicker
        # Not the method of an SSLSocket, which would take the TLS state away under the thread that reads.
        socket.socket.shutdown(made, socket.SHUT_RDWR)
