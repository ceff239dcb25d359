"""A local OpenAI-compatible server for tests: replies from a script, faults on demand, real HTTP on a real port."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    """A well-formed reply."""

    text: str | None = None
    calls: tuple[tuple[str, Any], ...] = ()
    """Tool calls as (name, arguments); arguments that are a str are sent as they are."""
    finish: str = ""
    refusal: str | None = None
    reasoning: str | None = None
    usage: dict[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 10})
    logprobs: dict[str, float] | None = None
    delay: float = 0.0


@dataclass(frozen=True)
class Fail:
    """An HTTP error in OpenAI's form."""

    status: int
    message: str = "no"
    code: str | None = None
    param: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Raw:
    """HTTP 200 with this body."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Stall:
    """Accepts the request, sends `begin` if it is given, and then nothing until the server stops."""

    begin: bytes = b""


@dataclass(frozen=True)
class Drop:
    """Closes the connection instead of replying."""


Outcome = str | Say | Fail | Raw | Stall | Drop
Script = Callable[[dict[str, Any]], Outcome]


def in_order(outcomes: Iterable[Outcome]) -> Script:
    """One outcome per request, whoever asks; the last one for ever."""
    left = list(outcomes)
    lock = threading.Lock()

    def script(_body: dict[str, Any]) -> Outcome:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script


def by_round(outcomes: Iterable[Outcome]) -> Script:
    """One outcome per round of each conversation: stateless, so any number of episodes may run at once."""
    listed = list(outcomes)

    def script(body: dict[str, Any]) -> Outcome:
        number = [message["role"] for message in body["messages"]].count("assistant")
        return listed[min(number, len(listed) - 1)]

    return script


class LlmServer:
    """A context manager that serves from entry to exit, at `url`; `stop()`, then `start()`: it died and returned."""

    def __init__(self, script: Script, *, latency: float = 0.0, keep: bool = True) -> None:
        """`latency`: seconds before each reply. `keep`: keep the bodies of requests in `requests`."""
        self.script = script
        self.latency = latency
        self.keep = keep
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.count = 0
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.port = 0
        self.connections: set[socket.socket] = set()
        self._http: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> LlmServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        self.stopping.clear()
        self._http = _Http(("127.0.0.1", self.port), _Handler)
        self._http.llm = self
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        http, self._http = self._http, None
        if http is None:
            return
        self.stopping.set()
        http.shutdown()
        with self.lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        http.server_close()


class _Http(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False
    block_on_close = True
    llm: LlmServer

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.llm.lock:
            self.llm.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self.llm.lock:
            self.llm.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Http

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        llm = self.server.llm
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": "Not Found"}})
            return
        with llm.lock:
            llm.count += 1
            llm.at_once += 1
            llm.most_at_once = max(llm.most_at_once, llm.at_once)
            if llm.keep:
                llm.requests.append(body)
                llm.headers.append({name.lower(): value for name, value in self.headers.items()})
        try:
            if llm.latency:
                time.sleep(llm.latency)
            self._answer(body, llm.script(body))
        finally:
            with llm.lock:
                llm.at_once -= 1

    def _answer(self, body: dict[str, Any], outcome: Outcome) -> None:
        llm = self.server.llm
        if isinstance(outcome, str):
            outcome = Say(outcome)
        if isinstance(outcome, Drop):
            self.close_connection = True
        elif isinstance(outcome, Stall):
            if outcome.begin:
                self._head(200, 10_000)
                self.wfile.write(outcome.begin)
                self.wfile.flush()
            llm.stopping.wait(30)
            self.close_connection = True
        elif isinstance(outcome, Raw):
            self._head(200, len(outcome.body), outcome.content_type)
            self.wfile.write(outcome.body)
        elif isinstance(outcome, Fail):
            error = {"message": outcome.message, "code": outcome.code, "param": outcome.param, "type": "error"}
            self._send(outcome.status, {"error": error}, outcome.headers)
        else:
            if outcome.delay:
                time.sleep(outcome.delay)
            self._send(200, completion(body, outcome))

    def _send(self, status: int, data: dict[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> None:
        payload = json.dumps(data).encode()
        self._head(status, len(payload), headers=headers)
        self.wfile.write(payload)

    def _head(
        self, status: int, length: int, kind: str = "application/json", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()


def completion(body: dict[str, Any], say: Say) -> dict[str, Any]:
    """The chat completion that says it."""
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    if say.refusal is not None:
        message["refusal"] = say.refusal
    if say.reasoning is not None:
        message["reasoning_content"] = say.reasoning
    if say.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
            }
            for number, (name, given) in enumerate(say.calls)
        ]
    choice: dict[str, Any] = {
        "index": 0,
        "message": message,
        "finish_reason": say.finish or ("tool_calls" if say.calls else "stop"),
    }
    if say.logprobs is not None:
        alternatives = [{"token": token, "logprob": value, "bytes": None} for token, value in say.logprobs.items()]
        choice["logprobs"] = {"content": [alternatives[0] | {"top_logprobs": alternatives}]}
    whole = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice]}
    return whole | ({"usage": say.usage} if say.usage is not None else {})
