"""The chat client over real HTTP: what passes is waited for, what does not pass says so in one line."""

import email.utils
import json
import logging
import threading
import time
from typing import Any

import pytest
from llm_server import Drop, Fail, LlmServer, Outcome, Raw, Say, Script, Stall, in_order

from findbench.harness.errors import ContextOverflow, FatalModelError, ModelError, UsageError
from findbench.harness.model.client import ChatClient
from findbench.harness.model.failures import NoTools
from findbench.harness.model.replies import Reply
from findbench.harness.schema.model import ModelSettings

HELLO = [{"role": "user", "content": "hello"}]
TOOL = {"type": "function", "function": {"name": "t", "parameters": {"type": "object", "properties": {}}}}
KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def settings(server: LlmServer, **values: Any) -> ModelSettings:
    quick: dict[str, Any] = {"backoff_s": 0.01, "timeout_s": 10.0, "retries": 3}
    return ModelSettings(model="tiny", base_url=server.url, **(quick | values))


def ask(script: Script, **values: Any) -> tuple[Reply, LlmServer]:
    with LlmServer(script) as server, ChatClient(settings(server, **values)) as client:
        return client.chat(HELLO), server


def test_a_reply_is_read_whole() -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    say = Say("hi", reasoning="thinking", usage=usage, calls=(("run", {"a": 1}),), logprobs={"1": -0.1, "0": -2.0})
    with LlmServer(in_order([say])) as server, ChatClient(settings(server)) as client:
        reply = client.chat(HELLO, tools=[TOOL], seed=3, top_logprobs=2)
    assert (reply.text, reply.reasoning, reply.finish, reply.model) == ("hi", "thinking", "tool_calls", "tiny")
    assert reply.tool_calls[0].name == "run"
    assert json.loads(reply.tool_calls[0].arguments) == {"a": 1}
    assert reply.top_logprobs == (("1", -0.1), ("0", -2.0))
    assert (reply.usage.prompt_tokens, reply.usage.cached_tokens, reply.usage.reasoning_tokens) == (7, 2, 3)
    assert client.usage.calls == 1
    body = server.requests[0]
    assert body["messages"] == HELLO
    assert (body["seed"], body["top_logprobs"], body["logprobs"]) == (3, 2, True)
    assert "temperature" not in body
    assert "max_tokens" not in body


def test_a_server_that_tells_no_usage_is_estimated_and_marked() -> None:
    reply, _ = ask(in_order([Say("hi", usage=None)]))
    assert reply.usage.estimated
    assert reply.usage.tokens > 0


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fail(429, "slow down"), "rate limit"),
        (Fail(500, "oops"), "overload"),
        (Fail(503, "busy"), "overload"),
        (Raw(b'{"choices": ['), "broken reply"),
        (Raw(b'{"choices": []}'), "broken reply"),
        (Raw(b"<html>gateway</html>", "text/html"), "broken reply"),
        (Raw(b'{"choices": [{"message": {"content": 5}}]}'), "broken reply"),
        (Drop(), "connection"),
    ],
)
def test_what_passes_is_tried_again(fault: Outcome, why: str) -> None:
    told = []
    with LlmServer(in_order([fault, fault, "fine"])) as server, ChatClient(settings(server)) as client:
        reply = client.chat(HELLO, on_retry=lambda *what: told.append(what))
    assert reply.text == "fine"
    assert server.count == 3
    assert [number for _, number, _ in told] == [1, 2]
    assert all(text.startswith(why) for text, _, _ in told)


def test_a_stalled_connection_times_out_and_is_tried_again() -> None:
    with (
        LlmServer(in_order([Stall(), Stall(b'{"choices"'), "fine"])) as server,
        ChatClient(settings(server, timeout_s=0.3)) as client,
    ):
        assert client.chat(HELLO).text == "fine"


def test_a_failure_that_stays_ends_in_one_line() -> None:
    with (
        LlmServer(in_order([Fail(500, "line one\nline two")])) as server,
        ChatClient(settings(server, retries=2)) as client,
        pytest.raises(
            ModelError, match="no reply in 3 tries; the last: overload: HTTP 500: line one line two"
        ) as caught,
    ):
        client.chat(HELLO)
    assert not isinstance(caught.value, FatalModelError)
    assert "\n" not in str(caught.value)
    assert server.count == 3


def test_a_server_that_dies_and_returns_is_waited_for() -> None:
    server = LlmServer(in_order(["fine"]))
    server.start()
    with ChatClient(settings(server, backoff_s=0.2, retries=12)) as client:
        assert client.chat(HELLO).text == "fine"
        server.stop()
        back = threading.Timer(0.5, server.start)
        back.start()
        assert client.chat(HELLO).text == "fine"
        back.join()
    server.stop()


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"Retry-After": "7"}, 7, 7.1),
        ({"retry-after-ms": "1500"}, 1.5, 1.6),
        ({"Retry-After": email.utils.formatdate(time.time() + 3600 * 24 * 365, usegmt=True)}, None, 0),
        ({"Retry-After": "soon"}, 0, 0.1),
    ],
)
def test_retry_after_is_honoured(headers: dict[str, str], low: float | None, high: float) -> None:
    waits: list[float] = []
    fault = Fail(429, "slow down", headers=tuple(headers.items()))
    with LlmServer(in_order([fault])) as server, ChatClient(settings(server)) as client:

        def told(why: str, attempt: int, seconds: float) -> None:
            waits.append(seconds)
            client.close()  # the wait itself is not what is tested

        with pytest.raises(ModelError, match="asks to wait" if low is None else "stopped"):
            client.chat(HELLO, on_retry=told)
    assert [(low or 0) <= wait <= high for wait in waits] == ([] if low is None else [True])


def test_a_rate_limit_holds_back_the_other_threads_too() -> None:
    fault = Fail(429, "slow down", headers=(("Retry-After", "60"),))
    with LlmServer(in_order([fault, "fine"])) as server:
        client = ChatClient(settings(server))
        other = threading.Thread(target=failure, args=(client,))

        def told(why: str, attempt: int, seconds: float) -> None:
            other.start()
            other.join(0.5)
            assert other.is_alive()
            assert server.count == 1
            client.close()

        with pytest.raises(ModelError, match="stopped"):
            client.chat(HELLO, on_retry=told)
        other.join(10)
        assert not other.is_alive()
        assert server.count == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fail(401, f"Incorrect API key provided: {KEY}"), "does not accept the key.*OPENAI_API_KEY"),
        (Fail(403, "not yours"), "does not accept the key"),
        (Fail(404, "The model `tiny` does not exist", "model_not_found"), "unknown model 'tiny'.*--model"),
        (Fail(404, "Not Found"), "no chat completions.*--base-url"),
        (Fail(429, "You exceeded your current quota", "insufficient_quota"), "no credit"),
    ],
)
def test_what_no_episode_could_survive_is_fatal_at_once_and_for_all(fault: Fail, says: str) -> None:
    with LlmServer(in_order([fault])) as server, ChatClient(settings(server)) as client:
        with pytest.raises(FatalModelError, match=says) as caught:
            client.chat(HELLO)
        assert KEY not in str(caught.value)
        with pytest.raises(FatalModelError, match=says):
            client.chat(HELLO)
        assert server.count == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fail(
            400,
            "This model's maximum context length is 2048 tokens. However, you requested 3000",
            "context_length_exceeded",
        ),
        Fail(400, "the request exceeds the available context size. try increasing the context size"),
        Fail(500, "Requested tokens (2100) exceed context window of 2048"),
        Fail(413, "prompt is too long"),
    ],
)
def test_a_full_context_is_told_apart(fault: Fail) -> None:
    with LlmServer(in_order([fault])) as server, ChatClient(settings(server)) as client:
        with pytest.raises(ContextOverflow):
            client.chat(HELLO)
        assert server.count == 1


def test_room_for_the_reply_is_given_up_before_anything_is_left_out() -> None:
    fault = Fail(400, "This model's maximum context length is 2048 tokens. However, you requested 8292 tokens")
    with (
        LlmServer(in_order([fault, "fine"])) as server,
        ChatClient(settings(server, max_reply_tokens=8192)) as client,
    ):
        assert client.chat(HELLO).text == "fine"
        client.chat(HELLO)
    assert [body["max_tokens"] for body in server.requests] == [8192, 512, 512]


def test_a_parameter_that_the_model_refuses_is_left_out_from_then_on() -> None:
    faults: list[Outcome] = [
        Fail(400, "Unsupported value: 'temperature' does not support 0.2", "unsupported_value", "temperature"),
        Fail(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", None, "max_tokens"),
        "fine",
    ]
    with (
        LlmServer(in_order(faults)) as server,
        ChatClient(settings(server, temperature=0.2, max_reply_tokens=99)) as client,
    ):
        client.chat(HELLO)
        client.chat(HELLO)
    assert "temperature" not in server.requests[-1]
    assert "max_tokens" not in server.requests[-1]
    assert server.requests[-1]["max_completion_tokens"] == 99
    assert server.count == 4


def test_no_tools_is_told_apart_only_when_tools_were_offered() -> None:
    fault = Fail(400, "tiny does not support tools")
    with LlmServer(in_order([fault])) as server, ChatClient(settings(server)) as client:
        with pytest.raises(NoTools):
            client.chat(HELLO, tools=[TOOL])
        with pytest.raises(ModelError, match="refused the request"):
            client.chat(HELLO)


def test_a_content_filter_is_an_outcome_and_not_a_fault() -> None:
    reply, _ = ask(in_order([Fail(400, "The response was filtered: content management policy", "content_filter")]))
    assert reply.finish == "content_filter"
    assert reply.text == ""
    reply, _ = ask(in_order([Say("", finish="content_filter")]))
    assert reply.finish == "content_filter"


def test_a_reply_of_endless_size_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("findbench.harness.model.bounded.MAX_REPLY_BYTES", 1000)
    with (
        LlmServer(in_order([Raw(b" " * 100_000)])) as server,
        ChatClient(settings(server, retries=1)) as client,
        pytest.raises(ModelError, match="more than 1000 bytes"),
    ):
        client.chat(HELLO)


def test_the_key_comes_from_the_environment_and_goes_to_the_server_alone(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = [Fail(500, f"your key {KEY} is fine, we are not"), Fail(400, f"bad {KEY}")]
    with LlmServer(in_order(faults)) as server, ChatClient(settings(server)) as client:
        told = []
        with pytest.raises(ModelError) as caught:
            client.chat(HELLO, on_retry=lambda *what: told.append(what))
        chain: list[str] = []
        error: BaseException | None = caught.value
        while error is not None:
            chain.append(f"{error!r} {error.__dict__}")
            error = error.__cause__ or error.__context__
        seen = [caplog.text, *capsys.readouterr(), repr(told), repr(client), client.settings.model_dump_json(), *chain]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert not [text for text in seen if KEY in text]
    assert "[key]" in str(caught.value)


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    reply, server = ask(in_order(["fine"]))
    assert reply.text == "fine"
    assert server.headers[0]["authorization"] == "Bearer not-needed"
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        ChatClient(ModelSettings(model="gpt-4o"))


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x/v1", "http://", "http://user:secret@x/v1"])
def test_a_bad_url_is_said_at_once(url: str) -> None:
    with pytest.raises(UsageError, match="--base-url") as caught:
        ChatClient(ModelSettings(model="tiny", base_url=url))
    assert "secret" not in str(caught.value)


def test_a_refused_connection_names_the_server() -> None:
    server = LlmServer(in_order(["never"]))
    with server:
        pass
    with ChatClient(settings(server, retries=1)) as client, pytest.raises(ModelError, match=r"connection: http://127"):
        client.chat(HELLO)


def test_a_ceiling_on_money_needs_a_price() -> None:
    with pytest.raises(UsageError, match="--prices"):
        ChatClient(ModelSettings(model="tiny", base_url="http://127.0.0.1:1/v1", max_cost=1))
    ChatClient(ModelSettings(model="gpt-4o-2024-08-06", max_cost=1)).close()


def test_a_closed_client_wakes_who_waits() -> None:
    fault = Fail(429, "slow down", headers=(("Retry-After", "60"),))
    with LlmServer(in_order([fault])) as server:
        client = ChatClient(settings(server))
        threading.Timer(0.3, client.close).start()
        with pytest.raises(ModelError):
            client.chat(HELLO)


@pytest.mark.parametrize("begin", [b"", b'{"choices'], ids=["before the reply", "inside the reply"])
def test_a_client_that_is_closed_wakes_a_thread_that_waits_for_the_server(begin: bytes) -> None:
    with LlmServer(in_order(["warm", Stall(begin)])) as server:
        client = ChatClient(settings(server))
        client.chat(HELLO)  # so that what follows waits on a connection that is used again
        errors: list[ModelError] = []
        waiting = threading.Thread(target=lambda: errors.append(failure(client)), daemon=True)
        waiting.start()
        while server.count < 2:
            time.sleep(0.01)
        client.close()
        waiting.join(10)
        assert not waiting.is_alive()
    assert "stopped" in str(errors[0])


def failure(client: ChatClient) -> ModelError:
    with pytest.raises(ModelError) as caught:
        client.chat(HELLO)
    return caught.value


@pytest.mark.parametrize(("own", "asked", "says"), [(0, 2, "at the first try"), (2, 0, "at the first"), (1, 8, "in 2")])
def test_a_request_is_never_tried_more_often_than_the_settings_allow(own: int, asked: int, says: str) -> None:
    with LlmServer(in_order([Fail(500, "no")])) as server, ChatClient(settings(server, retries=own)) as client:
        with pytest.raises(ModelError, match=f"gave no reply {says}"):
            client.chat(HELLO, retries=asked)
        assert server.count == 1 + min(own, asked)


def test_the_number_of_requests_at_once_is_bounded() -> None:
    with LlmServer(in_order(["fine"]), latency=0.05) as server, ChatClient(settings(server, concurrency=2)) as client:
        threads = [threading.Thread(target=client.chat, args=(HELLO,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.count == 8
    assert server.most_at_once <= 2
    assert client.usage.calls == 8
