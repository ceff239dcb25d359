"""Many episodes at once against one server: none waits for another, none sees anything of another."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fake_lab import FakeLab
from llm_server import Fail, LlmServer, Outcome, Say

from findbench.harness.errors import BudgetReached
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.brief import Brief, InterpreterSettings
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.usage import Usage

EPISODES = 64
ROUNDS = 3


def secrets(body: dict[str, Any]) -> set[str]:
    return set(re.findall(r"secret-\d+", str(body["messages"])))


def model(body: dict[str, Any]) -> Outcome:
    """Experiments, and in the end submits the secret that its own lab has printed."""
    number = sum(message["role"] == "assistant" for message in body["messages"])
    if number < ROUNDS:
        return f"```python\nprint(f({number}))\n```"
    (secret,) = secrets(body)
    return f"<submission>\n<description>{secret}</description>\n<domain>d</domain>\n<code>x = 1</code>\n</submission>"


def brief(seed: int) -> Brief:
    return Brief(category="numeric", input_kind="number", output_kind="number", rounds=ROUNDS + 1, seed=seed)


def run_all(server: LlmServer, **values: Any) -> tuple[list[str], ChatClient]:
    chosen = {"backoff_s": 0.05, "retries": 12} | values
    labs = [FakeLab(f"secret-{number}\n") for number in range(EPISODES)]
    with ChatClient(ModelSettings(model="tiny", base_url=server.url, **chosen)) as client:
        agent = load_interpreter("aia", InterpreterSettings(protocol="text"), client)
        with ThreadPoolExecutor(EPISODES) as pool:
            given = list(pool.map(lambda n: agent.interpret(labs[n], brief(n)).description, range(EPISODES)))
    assert all(len(lab.ran) == ROUNDS for lab in labs)
    return given, client


def test_64_episodes_at_once_each_get_their_own_answers() -> None:
    with LlmServer(model) as server:
        given, client = run_all(server)
    assert given == [f"secret-{number}" for number in range(EPISODES)]
    assert all(len(secrets(body)) <= 1 for body in server.requests)
    assert client.usage.calls == server.count == EPISODES * (ROUNDS + 1)


def test_64_episodes_survive_a_server_that_is_limited_overloaded_and_dies_once() -> None:
    lock = threading.Lock()
    seen = 0

    def unsteady(body: dict[str, Any]) -> Outcome:
        nonlocal seen
        with lock:
            seen += 1
            number = seen
        if number % 17 == 0:
            return Fail(429, "slow down", headers=(("Retry-After", "0.05"),))
        if number % 23 == 0:
            return Fail(503, "overloaded")
        if number == 100:
            threading.Thread(target=die_and_return).start()
        return model(body)

    def die_and_return() -> None:
        server.stop()
        server.start()
        returned.set()

    returned = threading.Event()
    with LlmServer(unsteady, keep=False) as server:
        given, _ = run_all(server)
        assert returned.wait(10)
    assert given == [f"secret-{number}" for number in range(EPISODES)]


def test_a_slow_server_is_asked_by_all_episodes_at_once() -> None:
    gate = threading.Barrier(EPISODES)

    def together(body: dict[str, Any]) -> Outcome:
        gate.wait(30)  # breaks, and fails the test, unless every episode has a request under way
        return model(body)

    with LlmServer(together, keep=False) as server:
        given, _ = run_all(server)
    assert server.most_at_once == EPISODES
    assert len(set(given)) == EPISODES


def reached(client: ChatClient) -> bool:
    try:
        client.ceilings.check()
    except BudgetReached:
        return True
    return False


def test_a_reached_ceiling_stops_what_has_not_started_and_lets_the_rest_finish() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 0}

    def metered(body: dict[str, Any]) -> Outcome:
        said = model(body)
        assert isinstance(said, str)
        return Say(said, usage=usage)

    with LlmServer(metered) as server:
        settings = ModelSettings(model="tiny", base_url=server.url, max_tokens=6000)
        with ChatClient(settings, spent=Usage(prompt_tokens=1000)) as client:
            agent = load_interpreter("aia", InterpreterSettings(protocol="text"), client)
            finished = 0
            while not reached(client):
                agent.interpret(FakeLab(f"secret-{finished}"), brief(finished))
                finished += 1
    assert finished == 2
    assert client.usage.prompt_tokens == 1000 + 2 * 4000
