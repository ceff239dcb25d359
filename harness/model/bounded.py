"""What a model's server may send: from its own origin alone, so many bytes after decompression, and not for longer."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy

import httpx2
from typing_extensions import override

from findbench.harness.errors import FatalModelError
from findbench.harness.model.failures import Transient, Why

MAX_REPLY_BYTES = 8 * 2**20
"""Bytes of a reply; no real one is as large, and a server must not be able to fill the harness's memory."""
MAX_ERROR_BYTES = 64 * 2**10
"""Bytes that are read of an error reply or of a redirection; the status tells what it is, so what follows is left."""
MAX_REDIRECTS = 5
"""Redirections of one request that are followed, inside the server's origin."""
MAX_LOCATION = 2_000
"""Characters of an address that a redirection may name."""
PIECE = 2**16
"""Bytes that are decompressed at a time."""
ENCODINGS = ("gzip", "x-gzip", "deflate")
"""Compressions that are understood of a server that uses one although it is asked for none."""
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
"""The format is told by its header."""


class Guard:
    """Looks at every request of one client before it is sent, and at every reply before anything reads its body."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        """`url`: the server; its scheme, host and port are the only ones that anything is sent to."""
        self._origin = _origin(httpx2.URL(url))
        self._timeout_s = timeout_s

    def guard(self, client: httpx2.Client) -> None:
        """Put this guard on a client that has no other event hooks of requests or replies than may stand before it."""
        # What a server has stored in cookies would be sent with every request, and grow without bound.
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        client.max_redirects = MAX_REDIRECTS
        hooks = client.event_hooks
        client.event_hooks = {
            "request": [*hooks["request"], self._check],
            "response": [*hooks["response"], self._bound],
        }

    def _check(self, request: httpx2.Request) -> None:
        """An event hook of requests, of those too that follow a redirection. Raises FatalModelError."""
        if _origin(request.url) != self._origin:
            told = str(request.url.copy_with(query=None, userinfo=b""))[:200]  # percent-encoded ASCII
            raise FatalModelError(
                f"the server redirects to {told}, which is another one: neither the key nor a prompt is sent there; "
                "give it as --base-url if you trust it"
            )
        request.extensions.setdefault("findbench_deadline", time.monotonic() + self._timeout_s)

    def _bound(self, response: httpx2.Response) -> None:
        """An event hook of replies."""
        # The charset is the server's word too, and names any codec of Python's: one that decompresses, for instance.
        response.encoding = "utf-8"
        if len(response.headers.get("location", "")) > MAX_LOCATION:
            del response.headers["location"]
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        assert isinstance(response.stream, httpx2.SyncByteStream)
        deadline: float = response.request.extensions["findbench_deadline"]
        response.stream = _Body(response.stream, encoding, whole=response.is_success, deadline=deadline)


class _Body(httpx2.SyncByteStream):
    """The decompressed body of a reply. One that is too large or takes too long raises Transient; an error ends there.

    The bytes that arrive are bounded too: compressed ones may come to nothing for ever.
    """

    def __init__(self, stream: httpx2.SyncByteStream, encoding: str, *, whole: bool, deadline: float) -> None:
        self._stream = stream
        self._encoding = encoding
        self._whole = whole
        self._most = MAX_REPLY_BYTES if whole else MAX_ERROR_BYTES
        self._deadline = deadline

    @override
    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._pieces():
            size += len(piece)
            if size > self._most:
                self._give_up("broken reply", f"more than {self._most} bytes")
                yield piece[: self._most - size]
                return
            yield piece

    @override
    def close(self) -> None:
        self._stream.close()

    def _give_up(self, why: Why, detail: str) -> None:
        """Raise Transient for a reply; do nothing for an error, of which what came until now is enough."""
        if self._whole:
            raise Transient(why, detail)

    def _pieces(self) -> Iterator[bytes]:
        """Decompressed pieces."""
        if self._encoding == "identity":
            yield from self._arriving()
            return
        if self._encoding not in ENCODINGS:
            self._give_up("broken reply", f"content-encoding {self._encoding[:40]!r}, although it was asked for none")
            return
        unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            for piece in self._arriving():
                waiting = piece
                while waiting:
                    yield unpacker.decompress(waiting, PIECE)
                    waiting = unpacker.unconsumed_tail
        except zlib.error as error:
            self._give_up("broken reply", f"it cannot be decompressed: {error}")

    def _arriving(self) -> Iterator[bytes]:
        """Pieces as they arrive."""
        size = 0
        for piece in self._stream:
            size += len(piece)
            if time.monotonic() > self._deadline:
                self._give_up("timeout", "the reply was not complete in time")
                return
            if size > self._most + PIECE:
                self._give_up("broken reply", f"more than {self._most} bytes")
                return
            yield piece


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port (RFC 6454)."""
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)
