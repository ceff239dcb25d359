"""E10: compressed bodies of error replies, token counts of 4,300 digits, redirects to another origin, endless replies."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import socket
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import openai
import pytest

from findbench.harness.errors import FatalModelError, ModelError
from findbench.harness.model.bounded import MAX_REDIRECTS
from findbench.harness.model.client import ChatClient
from findbench.harness.model.replies import MAX_TOKENS, Reply
from findbench.harness.report.sanitise import clean
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.usage import Usage

KEY = "sk-attack-0123456789abcdef"
HELLO = [{"role": "user", "content": "a secret prompt"}]
MIB = 2**20
Answer = bytes | Iterable[bytes]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


class HostileServer:
    """Answers the n-th request with the bytes that `answer(n)` gives, and closes the connection. Keeps what it got."""

    def __init__(self, answer: Callable[[int], Answer]) -> None:
        self.answer = answer
        self.got: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> HostileServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                with contextlib.suppress(OSError):  # the client has had enough, which is the point
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        request = connection.recv(MIB)
        while b"\r\n\r\n" not in request:
            request += connection.recv(MIB)
        head, _, body = request.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
        while len(body) < length:
            body += connection.recv(MIB)
        self.got.append(head + b"\r\n\r\n" + body)
        answer = self.answer(len(self.got))
        for piece in [answer] if isinstance(answer, bytes) else answer:
            connection.sendall(piece)


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} x", "Connection: close", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


def _always(reply: bytes, number: int) -> bytes:
    return reply


def completion(text: str = "fine", **further: Any) -> bytes:
    usage = {"prompt_tokens": 5, "completion_tokens": 1}
    return json.dumps({"choices": [{"message": {"content": text}}], "usage": usage} | further).encode()


def ask(server: HostileServer, **settings: Any) -> Reply:
    values = {"retries": 0, "backoff_s": 0.001, "timeout_s": 20.0} | settings
    with ChatClient(ModelSettings(model="m", base_url=server.url, **values)) as client:
        return client.chat(HELLO)


def ask_without_a_guard(server: HostileServer) -> None:
    """What the client does without `Guard`: the SDK with its own HTTP client."""
    with openai.OpenAI(api_key=KEY, base_url=server.url, max_retries=0) as sdk:
        sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": "a secret prompt"}])


def peak(work: Callable[[], object]) -> int:
    """The most bytes that Python held at once during `work`, whose exceptions do not matter."""
    tracemalloc.start()
    try:
        work()
    except Exception:
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


# -- control -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
def test_an_honest_server_is_understood_also_one_that_compresses(packed: str | None) -> None:
    body = {None: completion(), "gzip": gzip.compress(completion()), "deflate": zlib.compress(completion())}[packed]
    headers = {"Content_Encoding": packed} if packed else {}
    with HostileServer(lambda _: http(200, body, **headers)) as server:
        reply = ask(server)
        assert (reply.text, reply.usage) == ("fine", Usage(prompt_tokens=5, completion_tokens=1, calls=1))
        assert b"accept-encoding: identity" in server.got[0].lower()


# -- bodies ------------------------------------------------------------------------------------------------------------

BOMB = gzip.compress(b" " * (80 * MIB))
BOMBS = {
    f"{status} gzip": http(status, BOMB, Content_Encoding="gzip", Content_Type="application/json")
    for status in (400, 401, 404, 429, 500, 503, 307)
} | {
    # The charset names a codec of the client's, and this one decompresses.
    "500 charset": http(500, bz2.compress(b" " * (80 * MIB)), Content_Type="application/json; charset=bz2_codec")
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_error_reply_that_bursts_fills_no_memory(name: str) -> None:
    with HostileServer(lambda _: BOMBS[name]) as server:
        with pytest.raises(ModelError) as caught:
            ask(server)
        assert peak(lambda: ask(server)) < 8 * MIB
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_without_the_guard_it_does() -> None:
    with HostileServer(lambda _: BOMBS["500 gzip"]) as server:
        assert peak(lambda: ask_without_a_guard(server)) > 64 * MIB


def test_without_the_guard_the_charset_chooses_the_codec() -> None:
    with HostileServer(lambda _: BOMBS["500 charset"]) as server, pytest.raises(AssertionError):
        ask_without_a_guard(server)  # of that codec, which would rather not decode leniently


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content_Encoding": "gzip"}, BOMB),
        ({"Content_Encoding": "gzip, gzip"}, gzip.compress(BOMB)),
        ({"Content_Encoding": "zstd"}, b"\x28\xb5\x2f\xfd"),
        ({"Content_Encoding": "gzip"}, b"not packed at all"),
        ({}, b" " * (20 * MIB)),
    ],
    ids=["gzip", "gzip twice", "zstd", "not packed", "plain"],
)
def test_a_reply_that_is_too_large_is_a_broken_reply(headers: dict[str, str], body: bytes) -> None:
    with (
        HostileServer(lambda _: http(200, body, **headers)) as server,
        pytest.raises(ModelError, match="at the first try: broken reply") as caught,
    ):
        ask(server)
    assert "\n" not in str(caught.value)


def empty_blocks() -> Iterator[bytes]:
    """A gzip stream of 200 MiB that comes to nothing: blocks without content."""
    yield b"HTTP/1.1 200 x\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    yield gzip.compress(b"")[:10]
    for _ in range(200 * 16):
        yield b"\x00\x00\x00\xff\xff" * (MIB // 80)


def test_a_compressed_reply_that_comes_to_nothing_for_ever_ends() -> None:
    sent: list[int] = []

    def counted(_: int) -> Iterator[bytes]:
        for piece in empty_blocks():
            sent.append(len(piece))
            yield piece

    with (
        HostileServer(counted) as server,
        pytest.raises(ModelError, match="broken reply: more than"),
    ):
        ask(server)
    assert sum(sent) < 64 * MIB


@pytest.mark.parametrize(
    "message",
    [
        {"choices": [0] * 200_000},
        {"choices": [{"message": {"content": "x", "tool_calls": [0] * 200_000}}]},
        {"choices": [{"message": {"content": "x"}, "logprobs": {"content": [{"top_logprobs": [0] * 200_000}]}}]},
    ],
    ids=["choices", "tool calls", "alternatives"],
)
def test_a_reply_of_many_mistakes_is_one_mistake(message: dict[str, Any]) -> None:
    with HostileServer(lambda _: http(200, json.dumps(message).encode())) as server:
        assert peak(lambda: ask(server)) < 24 * MIB
        with pytest.raises(ModelError, match="broken reply: choices"):
            ask(server)


# -- redirections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_key_nor_prompt_follows_a_redirection_to_another_origin(status: int) -> None:
    with (
        HostileServer(lambda _: http(200, completion())) as thief,
        HostileServer(lambda _: http(status, Location=f"{thief.url}/chat/completions")) as server,
    ):
        with pytest.raises(FatalModelError, match=r"redirects to http://127.*--base-url") as caught:
            ask(server)
        assert thief.got == []
    assert KEY not in str(caught.value)


def test_without_the_guard_the_prompt_does() -> None:
    with (
        HostileServer(lambda _: http(200, completion())) as thief,
        HostileServer(lambda _: http(307, Location=f"{thief.url}/chat/completions")) as server,
    ):
        peak(lambda: ask_without_a_guard(server))
        assert b"a secret prompt" in thief.got[0]


def test_a_redirection_inside_the_origin_is_followed_but_not_for_ever() -> None:
    there = http(307, Location="/v1/chat/elsewhere", Set_Cookie="a=b; Path=/")
    with HostileServer(lambda n: there if n == 1 else http(200, completion())) as server:
        assert ask(server).text == "fine"
        assert b"POST /v1/chat/elsewhere" in server.got[1]
        assert b"a secret prompt" in server.got[1]
        assert b"cookie" not in server.got[1].lower()
    with HostileServer(lambda _: there) as server:
        with pytest.raises(ModelError):
            ask(server)
        assert len(server.got) <= 1 + MAX_REDIRECTS


@pytest.mark.parametrize("location", ["http://[", "//", "\x80\xff", "x" * 50_000, "http://" + "é" * 50_000, "ftp://x"])
def test_an_address_that_is_none_is_one_line(location: str) -> None:
    reply = b"HTTP/1.1 307 x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location.encode()
    with HostileServer(lambda _: reply) as server, pytest.raises(ModelError) as caught:
        ask(server)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


# -- numbers -----------------------------------------------------------------------------------------------------------

DIGITS = "9" * 4300
COUNTS = [DIGITS, str(MAX_TOKENS + 1), "-1", "7.5", "1e400", "NaN", "Infinity", "true", "null", '"7"', "[7]", "{}"]


@pytest.mark.parametrize("count", COUNTS, ids=lambda text: text[:12])
@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens", "cached_tokens"])
def test_a_count_of_tokens_that_cannot_be_is_no_count(count: str, field: str) -> None:
    counts = {"prompt_tokens": "5", "completion_tokens": "1", "cached_tokens": "0"} | {field: count}
    details = f'{{"cached_tokens": {counts["cached_tokens"]}}}'
    usage = ", ".join(f'"{name}": {counts[name]}' for name in ("prompt_tokens", "completion_tokens"))
    body = f'{{"choices": [{{"message": {{"content": "fine"}}}}], "usage": {{{usage}, "prompt_tokens_details": {details}}}}}'
    with HostileServer(lambda _: http(200, body.encode())) as server:
        used = ask(server).usage
    assert used.estimated or (field, count) == ("cached_tokens", "null"), "servers do tell null for what is not cached"
    total = used + used
    assert f"{total.tokens:,}"
    assert Usage.model_validate_json(total.model_dump_json()) == total


def test_a_sum_of_two_such_counts_could_not_even_be_printed() -> None:
    with pytest.raises(ValueError, match="integer string conversion"):
        f"{int(DIGITS) + int(DIGITS)}"


@pytest.mark.parametrize(
    ("name", "value", "too_long"),
    [
        ("retry-after", "1e400", True),
        ("retry-after", "Mon, 01 Jan 99999999 00:00:00 GMT", True),
        ("retry-after", "-inf", False),
        ("retry-after", "nan", False),
        ("retry-after-ms", "nan", False),
        ("retry-after", DIGITS * 5, False),
        ("retry-after-ms", DIGITS * 5, False),
        ("retry-after", "Mon, 99 Feb 0000 99:99:99 +999999", False),
        ("retry-after", ", ,:::, " * 3000, False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wait_that_cannot_be_is_bounded(name: str, value: str, too_long: bool) -> None:
    refusal = http(429, b"{}", **{name.replace("-", "_"): value})
    with HostileServer(lambda n: refusal if n == 1 else http(200, completion())) as server:
        if too_long:
            with pytest.raises(ModelError, match="asks to wait"):
                ask(server, retries=1)
        else:
            assert ask(server, retries=1).text == "fine"


def test_an_error_of_many_levels_is_one_line() -> None:
    for body in (b"[" * 60_000, b'{"a":' * 900 + b"1" + b"}" * 900, b'{"error":{"code":' * 10 + b"9" * 50_000):
        reply = http(400, body)
        with HostileServer(partial(_always, reply)) as server, pytest.raises(ModelError) as caught:
            ask(server)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 1000


# -- what a person sees ------------------------------------------------------------------------------------------------

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u200b\U000e0041"


def test_no_escape_of_a_server_or_of_a_file_name_reaches_a_terminal(tmp_path: Path) -> None:
    error = {"error": {"message": f"no such key {ESCAPES}\nfindbench: all is well", "code": ESCAPES}}
    out = tmp_path / f"{ESCAPES}\nfindbench: all is well"
    with HostileServer(lambda _: http(401, json.dumps(error).encode())) as server:
        with pytest.raises(FatalModelError) as caught:
            ask(server)
        assert "\x1b" in str(caught.value), "it is there, and is taken out where it is printed"
        command = [sys.executable, "-m", "findbench.harness.cli", "run", "smoke", "--functions", "1", "--category"]
        options = ["numeric", "--interpreter", "aia", "--model", ESCAPES, "--base-url", server.url, "--out", str(out)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=120)
    told = done.stdout + done.stderr
    assert done.returncode == 2, told
    assert "no such key" in told
    assert told == clean(told)
    assert "findbench: all is well" not in told.splitlines()
