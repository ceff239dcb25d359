"""Many byte streams over the container's stdin and stdout, for engines that this machine shares no files with.

Outer frames carry the control connection (channel 0) and one channel per caller of `f`. `Mux` is process 1's end: it
relays between the frames and an abstract unix socket, where the processes of experiments find `f` as they would in a
directory. The host's end is the transport `stdio`; the format and `Splitter` serve both.

Imported only by a lab that is started with this transport: the unix sockets need none of it.
"""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct

from .wire import WireError

HEADER = struct.Struct("<HBI")
"""Payload length in bytes, kind, channel."""
BYTES, END, CREDIT = 1, 2, 3
"""Kinds: bytes of a channel; the sender has closed it; the receiver took so many bytes of it."""
CONTROL = 0
"""The channel of tasks and outcomes. The others are callers of `f`, numbered from 1; no number is used again."""
AMOUNT = struct.Struct("<I")
"""Payload of CREDIT: bytes."""
LARGEST_PIECE = 32 << 10
"""Most bytes in one frame."""
WINDOW = 256 << 10
"""Bytes of one caller's channel that may be under way in one direction before the receiver says that it took some."""
CREDIT_STEP = WINDOW // 4
"""Bytes taken before the receiver says so: small messages cause almost no frames of their own."""
MAX_CALLERS = 16
"""Connections to `f` at once, as with unix sockets."""
ORACLE_ADDRESS = "\0oracle"
"""Where process 1 listens for callers of `f`: its network namespace is the lab's own, and nothing else can bind it."""
LOWEST_DESCRIPTOR = 200
"""Stdin and stdout move to descriptors from here on, below the limit of 256 and above what experiments open."""
BACKLOG = 1 << 20
"""Bytes that wait for the host to read them, from which on callers are not read any more."""
READ_BYTES = 64 << 10


def pack(kind: int, channel: int, payload: bytes | bytearray | memoryview = b"") -> bytes:
    """One outer frame."""
    return HEADER.pack(len(payload), kind, channel) + payload


def pieces(channel: int, data: bytes | bytearray | memoryview) -> list[bytes]:
    """BYTES frames that carry `data`."""
    view = memoryview(data).cast("B")
    starts = range(0, len(view), LARGEST_PIECE)
    return [pack(BYTES, channel, view[start : start + LARGEST_PIECE]) for start in starts]


class Splitter:
    """Cuts a stream of bytes into outer frames. Keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The frames that `data` completes, as (kind, channel, payload). WireError for what cannot be a frame."""
        if self._rest:
            data = self._rest + data
        frames = []
        at, size = 0, len(data)
        while size - at >= HEADER.size:
            length, kind, channel = HEADER.unpack_from(data, at)
            if not _well_formed(length, kind, channel):
                raise WireError("malformed outer frame")
            end = at + HEADER.size + length
            if end > size:
                break
            frames.append((kind, channel, data[at + HEADER.size : end]))
            at = end
        self._rest = data[at:]
        return frames


def _well_formed(length: int, kind: int, channel: int) -> bool:
    if kind == BYTES:
        return 0 < length <= LARGEST_PIECE
    if kind == END:
        return length == 0 and channel != CONTROL
    return kind == CREDIT and length == AMOUNT.size and channel != CONTROL


class _Caller:
    """One connection of an experiment's process to `f`."""

    __slots__ = ("channel", "credit", "delivered", "outgoing", "sock", "watched")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.channel = 0
        """0 until it has sent something: the host need not hear of connections that ask nothing."""
        self.credit = WINDOW
        self.delivered = 0
        self.outgoing = bytearray()
        self.watched = 0


class Mux:
    """Process 1's end of stdin and stdout; in place of the control socket it offers `recv_into`, `sendall`, `close`.

    While an experiment runs, whoever waits in process 1 also polls `fileno()` and then calls `pump`. Every fork must
    call `close` first: descriptors that are closed on exec are not closed on fork.
    """

    def __init__(self) -> None:
        self._input = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
        self._output = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.close(null)
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self._listener: socket.socket | None = None
        """There while an experiment is under way: between two `f` is not available."""
        self._epoll = select.epoll()
        self._epoll.register(self._input, select.EPOLLIN)
        self._split = Splitter()
        self._callers: dict[int, _Caller] = {}
        self._by_channel: dict[int, _Caller] = {}
        self._last_channel = CONTROL
        self._control = bytearray()
        self._backlog = bytearray()
        self._congested = False

    def fileno(self) -> int:
        """Readable when there is something to `pump`."""
        return self._epoll.fileno()

    def close(self) -> None:
        """Close every descriptor, in a fork."""
        for caller in self._callers.values():
            caller.sock.close()
        if self._listener is not None:
            self._listener.close()
        self._epoll.close()
        os.close(self._input)
        os.close(self._output)

    def serve_callers(self) -> None:
        """An experiment begins: who connects from now on is heard."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(ORACLE_ADDRESS)
        self._listener.listen(MAX_CALLERS)
        self._listener.setblocking(False)
        if not self._congested:
            self._epoll.register(self._listener, select.EPOLLIN)

    def end_callers(self) -> None:
        """It has ended: what its callers have sent and nobody has passed on yet never leaves."""
        for caller in list(self._callers.values()):
            self._end(caller)
        if self._listener is not None:
            if not self._congested:
                self._epoll.unregister(self._listener)
            self._listener.close()
            self._listener = None

    # -- the control connection

    def recv_into(self, buffer: bytearray | memoryview) -> int:
        """Wait for bytes of the control connection; relays meanwhile."""
        while not self._control:
            self.pump(-1)
        count = min(len(buffer), len(self._control))
        buffer[:count] = self._control[:count]
        del self._control[:count]
        return count

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        """Send on the control connection; returns when all is written."""
        for piece in pieces(CONTROL, data):
            self._send(piece)
            while len(self._backlog) > LARGEST_PIECE:
                self._flush_when_possible()
        while self._backlog:
            self._flush_when_possible()

    # -- relaying

    def pump(self, seconds: float = 0) -> None:
        """Move what can be moved now. Waits at most `seconds` (-1: for ever) for the first thing."""
        for descriptor, events in self._epoll.poll(seconds):
            if descriptor == self._input:
                self._receive()
            elif descriptor == self._output:
                self._flush()
            elif self._listener is not None and descriptor == self._listener.fileno():
                self._accept(self._listener)
            elif (caller := self._callers.get(descriptor)) is not None:
                self._serve(caller, events)

    def _receive(self) -> None:
        """What the host sent. Without a host, or when an experiment tampered with stdin, the lab is over."""
        data = os.read(self._input, READ_BYTES)
        if not data:
            os._exit(0)
        try:
            frames = self._split(data)
        except WireError:
            os._exit(1)
        for kind, channel, payload in frames:
            if channel == CONTROL:
                self._control += payload
            elif (caller := self._by_channel.get(channel)) is None:
                continue  # it has gone meanwhile
            elif kind == BYTES:
                caller.outgoing += payload
                self._deliver(caller)
            elif kind == CREDIT:
                caller.credit += AMOUNT.unpack(payload)[0]
                self._watch(caller)
            else:
                self._forget(caller)
        if len(self._control) > 2 * READ_BYTES:
            os._exit(1)  # the host asks one thing at a time: this came from elsewhere

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        if len(self._callers) >= MAX_CALLERS:
            sock.close()
            return
        sock.setblocking(False)
        caller = _Caller(sock)
        self._callers[sock.fileno()] = caller
        self._watch(caller)

    def _serve(self, caller: _Caller, events: int) -> None:
        if events & select.EPOLLOUT:
            self._deliver(caller)
        if not events & ~select.EPOLLOUT or caller.sock.fileno() < 0:
            return
        data = b""
        if caller.credit > 0:
            try:
                data = caller.sock.recv(min(LARGEST_PIECE, caller.credit))
            except BlockingIOError:
                return
            except OSError:
                pass
        if not data:
            self._end(caller)
            return
        if not caller.channel:
            self._last_channel += 1
            caller.channel = self._last_channel
            self._by_channel[caller.channel] = caller
        caller.credit -= len(data)
        self._send(pack(BYTES, caller.channel, data))
        if caller.credit <= 0:
            self._watch(caller)

    def _deliver(self, caller: _Caller) -> None:
        try:
            count = caller.sock.send(caller.outgoing)
        except BlockingIOError:
            count = 0
        except OSError:
            self._end(caller)
            return
        del caller.outgoing[:count]
        caller.delivered += count
        if caller.delivered >= CREDIT_STEP:
            self._send(pack(CREDIT, caller.channel, AMOUNT.pack(caller.delivered)))
            caller.delivered = 0
        self._watch(caller)

    def _end(self, caller: _Caller) -> None:
        """It has closed its connection (or the half of it through which it would ask more)."""
        if caller.channel:
            self._send(pack(END, caller.channel))
        self._forget(caller)

    def _forget(self, caller: _Caller) -> None:
        if caller.watched:
            self._epoll.unregister(caller.sock)
        del self._callers[caller.sock.fileno()]
        self._by_channel.pop(caller.channel, None)
        caller.sock.close()

    def _watch(self, caller: _Caller) -> None:
        """Have the kernel say what can be done for this caller, and nothing that cannot."""
        wanted = select.EPOLLOUT if caller.outgoing else 0
        if caller.credit > 0 and not self._congested:
            wanted |= select.EPOLLIN
        if wanted == caller.watched:
            return
        if not wanted:
            self._epoll.unregister(caller.sock)
        elif caller.watched:
            self._epoll.modify(caller.sock, wanted)
        else:
            self._epoll.register(caller.sock, wanted)
        caller.watched = wanted

    # -- stdout

    def _send(self, frame: bytes) -> None:
        """Write a frame now, or as much of it as the pipe takes; the rest when there is room."""
        count = 0
        if not self._backlog:
            try:
                count = os.write(self._output, frame)
            except BlockingIOError:
                count = 0
            if count == len(frame):
                return
            self._epoll.register(self._output, select.EPOLLOUT)
        self._backlog += frame[count:]
        if len(self._backlog) > BACKLOG and not self._congested:
            self._set_congested(congested=True)

    def _flush(self) -> None:
        try:
            del self._backlog[: os.write(self._output, self._backlog)]
        except BlockingIOError:
            return
        if not self._backlog:
            self._epoll.unregister(self._output)
            if self._congested:
                self._set_congested(congested=False)

    def _flush_when_possible(self) -> None:
        waiting = select.poll()
        waiting.register(self._output, select.POLLOUT)
        waiting.poll()
        self._flush()

    def _set_congested(self, *, congested: bool) -> None:
        self._congested = congested
        if self._listener is not None:
            if congested:
                self._epoll.unregister(self._listener)
            else:
                self._epoll.register(self._listener, select.EPOLLIN)
        for caller in self._callers.values():
            self._watch(caller)
