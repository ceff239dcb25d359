"""What the fuzz targets share: bytes as a socket, the corpus of seeds, and the coverage-guided fuzzer itself.

A target is a module with `one_input(data)`, which fails for bytes that break an invariant, and `seeds()`: valid
messages of the encoders. `python tests/fuzz/fuzz_X.py -runs=N` fuzzes it (options are libFuzzer's), `make fuzz` all.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from typing_extensions import Buffer, override

ROOT = Path(__file__).parents[2]
MAX_LENGTH = 4096
"""Bytes of an input. Larger frames differ in nothing that a parser branches on but their limits, which tests hit."""
BOUNDS = ("-timeout=10", "-rss_limit_mb=768", "-print_final_stats=1")
"""Seconds of one input, and MiB of the whole process: beyond is a crash."""
CRASHES = ROOT / ".cache"
"""Where the input of a crash is written; its path is printed."""

fuzzed = Path(sys.argv[0]).name.startswith("fuzz_")
"""This process is a fuzzer, and not a test that only looks at the corpus."""
if fuzzed:
    sys.path[:0] = [str(ROOT / "tests")]


@contextlib.contextmanager
def instrumented(*modules: str) -> Iterator[None]:
    """What is imported within tells the fuzzer which branches an input took."""
    if not fuzzed:
        yield
        return
    import atheris

    for module in modules:
        sys.modules.pop(module, None)  # one that is there already would not be imported again
    with atheris.instrument_imports(include=list(modules)):
        yield


def fuzz(one_input: Callable[[bytes], None], seeds: list[bytes], *, max_length: int = MAX_LENGTH) -> None:
    """Run libFuzzer with the options of the command line; exits with 0 when nothing crashed."""
    import atheris

    with TemporaryDirectory(prefix="fuzz-") as corpus:
        for number, seed in enumerate(seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        CRASHES.mkdir(exist_ok=True)
        options = (f"-max_len={max_length}", f"-artifact_prefix={CRASHES}/fuzz-")
        atheris.Setup([*sys.argv, *BOUNDS, *options, corpus], one_input)
        atheris.Fuzz()


class Peer(socket.socket):
    """The end of a socket behind which `data` arrives, `piece` bytes at a time, and then the end of the stream.

    A socket for the parsers' types only: it has no descriptor, and nothing of it but what is here may be used.
    """

    def __init__(self, data: bytes, piece: int = 1 << 20) -> None:  # not super's, which would open a descriptor
        self._data = memoryview(data)
        self._piece = max(1, piece)
        self.at = 0
        self.sent = bytearray()

    @override
    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        chunk = bytes(self._data[self.at : self.at + min(bufsize, self._piece)])
        self.at += len(chunk)
        return chunk

    @override
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        view = memoryview(buffer)
        chunk = self.recv(nbytes or len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    @override
    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        self.sent += data

    @override
    def settimeout(self, value: float | None, /) -> None:
        """Bytes in memory are never late."""

    @override
    def close(self) -> None:
        """Nothing to close."""
