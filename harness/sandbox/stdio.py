"""The transport for any engine that docker's client reaches: frames over the container's attached stdin and stdout.

Everything between host and container is one stream of outer frames (`findbench.sandbox_image.mux`): tasks and outcomes
on channel 0, and one channel for each caller of `f`. One thread does all: while it waits for the outcome of a task it
answers the callers, and it reads whenever it waits to write, so that neither end can stop the other.

No byte is trusted: under gVisor an experiment can write into the pipe that is process 1's stdout, and read from its
stdin. What breaks the protocol ends the container, as the container's own death would.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from findbench.harness.errors import InfrastructureError
from findbench.harness.sandbox import endpoint, engine
from findbench.harness.sandbox.backend import FRAME_SECONDS, FREE_CONNECTIONS, LARGE, Reply, Service, Transport
from findbench.sandbox_image import mux, wire

SWITCHING_PROTOCOLS = 101
ENGINE_HEADER = struct.Struct(">B3xI")
"""What the engine puts before each piece of output: 1 for stdout, three zeros, length."""
ENGINE_STDOUT = 1
LARGEST_ENGINE_PIECE = 1 << 20
"""Bytes. Engines send 32 KiB."""
READ_BYTES = 256 << 10
STRAYS = 100_000
"""Frames for callers that are gone. A few come when a connection is ended here; a flood of them is made up."""
WAKE_SECONDS = 5.0
"""How long a thread that is answering a caller may take to notice that the channels were shut."""
SCALAR_START = wire.HEADER.pack(wire.FLOAT.size, wire.NUMBER)
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Demultiplexer:
    """Takes the engine's headers out of the output of an attached container."""

    def __init__(self) -> None:
        self._header = b""
        self._left = 0

    def __call__(self, data: bytes) -> bytes:
        """What the container wrote to stdout. Raises WireError for what no engine sends."""
        output = []
        at = 0
        while at < len(data):
            if not self._left:
                part = data[at : at + ENGINE_HEADER.size - len(self._header)]
                at += len(part)
                self._header += part
                if len(self._header) < ENGINE_HEADER.size:
                    break
                self._left = self._length(self._header)
                self._header = b""
            piece = data[at : at + self._left]
            at += len(piece)
            self._left -= len(piece)
            output.append(piece)
        return output[0] if len(output) == 1 else b"".join(output)

    @staticmethod
    def _length(header: bytes) -> int:
        stream, length = ENGINE_HEADER.unpack(header)
        if stream != ENGINE_STDOUT or header[1:4] != b"\0\0\0" or length > LARGEST_ENGINE_PIECE:
            raise wire.WireError("the engine sent something that is no output of a container")
        return int(length)


class Stream:
    """The attached connection: frames in, frames out, without ever blocking on one of them alone."""

    def __init__(self, sock: socket.socket, start: bytes = b"") -> None:
        """`start`: what was already read of it."""
        sock.setblocking(False)
        self._sock = sock
        self._encrypted = isinstance(sock, ssl.SSLSocket)
        self._demultiplex = Demultiplexer()
        self._split = mux.Splitter()
        self._start = start
        self._unsent: deque[memoryview] = deque()
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def send(self, frame: bytes) -> None:
        """Send now what can be sent, the rest while `receive` waits. Raises OSError when the connection broke."""
        if self._unsent:
            self._unsent.append(memoryview(frame))
            return
        sent = self._send(frame)
        if sent < len(frame):
            self._unsent.append(memoryview(frame)[sent:])
            self._poll.modify(self._sock, select.POLLIN | select.POLLOUT)

    def receive(self, seconds: float) -> list[tuple[int, int, bytes]]:
        """The frames that come within `seconds`, or none. Raises WireError at the end and for what is no frame."""
        data = self._start
        self._start = b""
        if not data and not (self._encrypted and self._sock.pending()):  # type: ignore[attr-defined]  # of an SSLSocket
            events = self._poll.poll(seconds * 1000)
            if not events:
                return []
            if events[0][1] & select.POLLOUT:
                self._flush()
                if not events[0][1] & ~select.POLLOUT:
                    return []
        if not data:
            try:
                data = self._sock.recv(READ_BYTES)
            except WOULD_BLOCK:
                return []
            if not data:
                raise wire.WireError("the container's output ended")
        return self._split(self._demultiplex(data))

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self._sock.send(data)
        except WOULD_BLOCK:
            return 0

    def _flush(self) -> None:
        while self._unsent:
            first = self._unsent[0]
            sent = self._send(first)
            if sent < len(first):
                self._unsent[0] = first[sent:]
                return
            self._unsent.popleft()
        self._poll.modify(self._sock, select.POLLIN)

    def shut(self) -> None:
        """Wake whoever waits in `receive`."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection: the engine then stops waiting for somebody to read the container's output."""
        self._sock.close()


class Caller:
    """One process of the container that calls `f`, as the host sees it."""

    __slots__ = ("body", "channel", "hold", "inbox", "last", "late", "missing", "refusal", "reply", "room", "taken")

    def __init__(self, channel: int, hold: float) -> None:
        self.channel = channel
        self.hold = hold
        """Nothing is done for it before this moment (of the monotonic clock)."""
        self.inbox = bytearray()
        """Bytes of requests that were not looked at."""
        self.taken = 0
        """Bytes that were looked at, and that the container has not been told of yet."""
        self.missing = 0
        """Bytes of the present request's payload that have not come yet."""
        self.body: bytearray | None = None
        """What has come of it, after its header: one byte for the kind, then the payload."""
        self.refusal = 0
        """The code with which the present request will be refused, once its payload was skipped."""
        self.reply = memoryview(b"")
        """What is left of a reply."""
        self.room = mux.WINDOW
        """Bytes of replies that the container takes before it says more."""
        self.late = float("inf")
        """When the present request must have come, or the present reply must have gone."""
        self.last = False
        """After the present reply the connection ends."""

    @property
    def idle(self) -> bool:
        """Whether it waits for nothing."""
        return not (self.inbox or self.reply or self.missing or self.body is not None or self.hold)


class StdioChannels:
    """`Channels` over the attached stdin and stdout of a container."""

    name: Transport = "stdio"
    words: tuple[str, ...] = ("stdio",)

    def __init__(self) -> None:
        self.host_options: dict[str, Any] = {}
        self.container_options: dict[str, Any] = {"stdin_open": True}
        """With docker-py's `detach=False` this also means that stdin closes with the connection: a host that dies takes
        its labs with it, wherever their engine is."""
        self._using = threading.Lock()
        self._stream: Stream | None = None
        self._service: Service | None = None
        self._control = bytearray()
        self._callers: dict[int, Caller] = {}
        self._active: dict[int, Caller] = {}
        """Those for whom there is something to do."""
        self._last_channel = mux.CONTROL
        self._large: Caller | None = None
        """The one whose large request is under way: the others wait, so that together they cannot fill the memory."""
        self._free_at = 0.0
        """When the next reply that must wait may be sent."""
        self._strays = 0

    # -- life

    def attach(self, container: str) -> None:
        """As in `Channels`. Before the start, for the first bytes of a container that nobody listens to are lost."""
        self.use(_attach(container))

    def use(self, stream: Stream) -> None:
        """Speak over `stream`."""
        self._stream = stream

    def connect(self, is_running: Callable[[], bool], *, deadline: float) -> None:  # noqa: ARG002 - its output ends with it
        """Hear that the runner is ready. As in `Channels`."""
        try:
            with self._using:
                kind, _ = self._wait(0, deadline)
        except (OSError, wire.WireError) as error:
            raise InfrastructureError(
                f"the lab's container ended or hung before its runner was ready ({error}); `findbench doctor --deep` "
                "tells more"
            ) from error
        if kind != wire.READY:
            raise InfrastructureError("the lab's runner sent something that nothing asked for")

    def serve(self, service: Service) -> None:
        """As in `Channels`. Process 1 has ended its callers before it sent the last outcome: no new one comes late."""
        with self._using:
            for caller in list(self._callers.values()):
                self._end(caller)
        self._service = service

    def shut(self) -> None:
        """As in `Channels`. A removal would hang for as long as the engine has output that nobody reads."""
        if self._stream is None:
            return
        self._stream.shut()
        if self._using.acquire(timeout=WAKE_SECONDS):  # who waits must wake before the descriptor's number is reused
            try:
                self._stream.close()
            finally:
                self._using.release()

    def close(self) -> None:
        """As in `Channels`."""
        if self._stream is not None:
            self._stream.close()

    # -- tasks

    def exchange(self, kind: int, *payload: bytes, limit: int, deadline: float) -> tuple[int, bytearray]:
        """One task there and its outcome back; answers callers meanwhile. As in `Channels`."""
        with self._using:
            if self._stream is None:
                raise wire.WireError("not attached")
            if self._control:
                raise wire.WireError("an outcome that nothing asked for")
            for piece in mux.pieces(mux.CONTROL, wire.HEADER.pack(sum(map(len, payload)), kind) + b"".join(payload)):
                self._stream.send(piece)
            return self._wait(limit, deadline)

    def _wait(self, limit: int, deadline: float) -> tuple[int, bytearray]:
        """Do what there is to do until a control frame is complete."""
        stream = self._stream
        if stream is None:
            raise wire.WireError("not attached")
        while True:
            if self._control and (found := self._control_frame(limit)) is not None:
                return found
            now = time.monotonic()
            if now >= deadline:
                raise TimeoutError
            wake = self._work(now) if self._active else deadline
            for frame in stream.receive(max(0.0, min(wake, deadline) - now)):
                self._take(*frame)

    def _control_frame(self, limit: int) -> tuple[int, bytearray] | None:
        if len(self._control) < wire.HEADER.size:
            return None
        length, kind = wire.HEADER.unpack_from(self._control)
        if length > limit:
            raise wire.WireError(f"frame of {length} bytes is over the limit of {limit}")
        end = wire.HEADER.size + length
        if len(self._control) < end:
            return None
        payload = self._control[wire.HEADER.size : end]
        del self._control[:end]
        return kind, payload

    # -- callers of `f`

    def _take(self, kind: int, channel: int, payload: bytes) -> None:
        """One outer frame from the container."""
        if channel == mux.CONTROL:
            self._control += payload
            return
        caller = self._callers.get(channel) or self._new_caller(kind, channel)
        if caller is None:
            return
        if kind == mux.BYTES:
            if len(payload) == wire.SCALAR.size and payload[:5] == SCALAR_START and caller.idle:
                self._answer_scalar(caller, payload)
                return
            caller.inbox += payload
            if len(caller.inbox) + caller.taken > mux.WINDOW:
                raise wire.WireError("more bytes than were asked for")
            self._active[channel] = caller
        elif kind == mux.CREDIT:
            caller.room += mux.AMOUNT.unpack(payload)[0]
            if caller.room > mux.WINDOW:
                raise wire.WireError("more bytes taken than were sent")
        else:
            self._forget(caller)

    def _new_caller(self, kind: int, channel: int) -> Caller | None:
        """The caller that speaks for the first time; None for one that is gone, or if there is nothing to call."""
        if channel <= self._last_channel:
            self._strays += 1
            if self._strays > STRAYS:
                raise wire.WireError("a flood of frames for callers that are gone")
            return None
        if kind != mux.BYTES or channel != self._last_channel + 1 or len(self._callers) >= mux.MAX_CALLERS:
            raise wire.WireError("a frame of a caller that there cannot be")
        self._last_channel = channel
        if self._service is None:
            self._send(mux.pack(mux.END, channel))
            return None
        caller = Caller(channel, self._hold(self._service.strike() if channel > FREE_CONNECTIONS else 0.0))
        self._callers[channel] = caller
        return caller

    def _hold(self, delay: float) -> float:
        """The moment until which what costs the lab no query must wait: one after another, however many callers ask."""
        if not delay:
            return 0.0
        self._free_at = max(self._free_at, time.monotonic()) + delay
        return self._free_at

    def _answer_scalar(self, caller: Caller, request: bytes) -> None:
        """The fast path: one number in one frame, while nothing else is under way."""
        assert self._service is not None
        value = self._service.scalar(wire.SCALAR.unpack(request)[2])
        self._took(caller, len(request))
        if not isinstance(value, Reply) and caller.room >= wire.SCALAR.size:
            caller.room -= wire.SCALAR.size
            reply = wire.SCALAR.pack(wire.FLOAT.size, wire.NUMBER, value)
            self._send(mux.pack(mux.BYTES, caller.channel, reply))
            return
        if not isinstance(value, Reply):
            value = Reply(wire.NUMBER, wire.FLOAT.pack(value))
        self._reply(caller, value, time.monotonic())
        self._active[caller.channel] = caller

    def _work(self, now: float) -> float:
        """Take each caller one step further; the moment at which there is more to do, if nothing comes before."""
        wake = float("inf")
        for caller in list(self._active.values()):
            if caller.hold > now:
                wake = min(wake, caller.hold)
                continue
            caller.hold = 0.0
            if caller.late <= now:
                self._end(caller)
            elif self._step(caller, now):
                wake = now
            elif caller.idle:
                self._active.pop(caller.channel, None)
            else:
                wake = min(wake, caller.late)
        return wake

    def _step(self, caller: Caller, now: float) -> bool:
        """Send of a reply what may be sent, else look at a request. False when that must wait for something to come."""
        if caller.reply:
            return self._deliver(caller)
        if caller.last:
            self._end(caller)
            return False
        if not caller.missing and caller.body is None:
            return self._begin(caller, now)
        taken = min(caller.missing, len(caller.inbox))
        if caller.body is not None:
            caller.body += caller.inbox[:taken]
        del caller.inbox[:taken]
        caller.missing -= taken
        self._took(caller, taken)
        if not caller.missing:
            self._finish(caller, now)
            return True
        return False

    def _begin(self, caller: Caller, now: float) -> bool:
        """Judge the next request by its header."""
        assert self._service is not None
        if caller.inbox and caller.late == float("inf"):
            caller.late = now + FRAME_SECONDS
        if len(caller.inbox) < wire.HEADER.size:
            return False
        length, kind = wire.HEADER.unpack_from(caller.inbox)
        refusal = self._service.check(kind, length)
        if not refusal and length > LARGE:
            if self._large not in (None, caller):
                caller.late = float("inf")  # it is not late because others are slow
                return False
            self._large = caller
            caller.late = now + FRAME_SECONDS
        del caller.inbox[: wire.HEADER.size]
        self._took(caller, wire.HEADER.size)
        caller.missing = length
        caller.refusal = refusal
        if not refusal:
            caller.body = bytearray((kind,))
        elif length > 2 * wire.MAX_NUMBERS_FRAME:  # reading that away would take too long
            caller.missing, caller.refusal, caller.last = 0, wire.TOO_LARGE, True
        if not caller.missing:
            self._finish(caller, now)
        return True

    def _finish(self, caller: Caller, now: float) -> None:
        """The request has come: answer it, or refuse it."""
        assert self._service is not None
        body, refusal = caller.body, caller.refusal
        caller.body, caller.refusal = None, 0
        if body is None:
            caller.last |= refusal == wire.MALFORMED
            self._reply(caller, self._service.refuse(refusal), now)
            return
        kind = body.pop(0)
        self._reply(caller, self._service.answer(kind, body), now)

    def _reply(self, caller: Caller, reply: Reply, now: float) -> None:
        caller.reply = memoryview(wire.HEADER.pack(len(reply.payload), reply.kind) + reply.payload)
        caller.hold = self._hold(reply.delay)
        caller.late = max(now, caller.hold) + FRAME_SECONDS

    def _deliver(self, caller: Caller) -> bool:
        """Send as much of the reply as the container takes; whether that was all."""
        while caller.reply and caller.room:
            piece = caller.reply[: min(caller.room, mux.LARGEST_PIECE)]
            caller.reply = caller.reply[len(piece) :]
            caller.room -= len(piece)
            self._send(mux.pack(mux.BYTES, caller.channel, piece))
        if caller.reply:
            return False
        caller.late = float("inf")
        if self._large is caller:
            self._large = None
        return True

    def _took(self, caller: Caller, count: int) -> None:
        caller.taken += count
        if caller.taken >= mux.CREDIT_STEP:
            self._send(mux.pack(mux.CREDIT, caller.channel, mux.AMOUNT.pack(caller.taken)))
            caller.taken = 0

    def _end(self, caller: Caller) -> None:
        self._send(mux.pack(mux.END, caller.channel))
        self._forget(caller)

    def _forget(self, caller: Caller) -> None:
        del self._callers[caller.channel]
        self._active.pop(caller.channel, None)
        if self._large is caller:
            self._large = None

    def _send(self, frame: bytes) -> None:
        assert self._stream is not None
        self._stream.send(frame)


def _attach(container: str) -> Stream:
    """A connection of its own to the container's stdin and stdout. Raises InfrastructureError."""
    engine_at = endpoint.current()
    version = engine.connect().api.api_version
    sock = engine_at.open()
    try:
        sock.settimeout(endpoint.REMOTE_SECONDS)
        sock.sendall(
            f"POST /v{version}/containers/{container}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n"
            "Host: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode()
        )
        status, _, rest = endpoint.read_head(sock)
    except (OSError, EOFError) as error:
        sock.close()
        raise InfrastructureError(f"cannot connect to a lab's stdin and stdout: {error}") from error
    if status != SWITCHING_PROTOCOLS:
        sock.close()
        raise InfrastructureError(f"the engine refused a connection to a lab's stdin and stdout (HTTP status {status})")
    return Stream(sock, rest)
