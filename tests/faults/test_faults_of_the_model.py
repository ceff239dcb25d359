"""The model's server goes away while episodes run, and comes back."""

from __future__ import annotations

import random
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from faults.hurting import IDS, PATIENCE, VICTIM, assert_completes
from llm_server import Fail, LlmServer, Outcome, by_round
from run_help import finished, start, wait_until

from findbench.harness.errors import ModelError
from findbench.harness.model.client import ChatClient
from findbench.harness.records import Run
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.notes import RetryNote

OUTAGE = 60.0
"""Seconds without a server that an episode must survive."""
QUICKER = 1000
"""How much shorter than by default the waits are whose sum a test looks at."""
SUBMIT = """<submission><description>d</description><domain>d</domain><code>
def predict(x):
    return 0.0
</code></submission>"""


def test_a_run_waits_for_a_model_server_that_dies_and_returns(tmp_path: Path) -> None:
    out = tmp_path / "r"
    script = by_round(["```python\nprint(f(1))\n```", "```python\nprint(f(2))\n```", SUBMIT])
    under_way = threading.Event()

    def noting(body: dict[str, Any]) -> Outcome:
        if len(finished(out)) == 1 and len(body["messages"]) > 2:
            under_way.set()
        return script(body)

    with LlmServer(noting, latency=0.1) as server:
        process = start(
            *("run", "smoke", "--ids", ",".join(IDS), "--interpreter", "aia", "--protocol", "text", "--model", "m"),
            *("--base-url", server.url, "--concurrency", "1", "--out", out),
            NO_PROXY="127.0.0.1",
        )
        wait_until(under_way.is_set, process)
        server.stop()
        before = finished(out)
        assert len(before) == 1
        with socket.create_server(("127.0.0.1", server.port)) as nobody:
            nobody.settimeout(PATIENCE)
            nobody.accept()[0].close()  # the harness has asked again, and got no answer
        server.start()
        assert_completes(process, out)
    assert {name: finished(out)[name] for name in before} == before
    assert [event for event in Run(out).load(VICTIM).transcript if isinstance(event, RetryNote)]


def test_the_retries_of_a_request_outlast_an_outage_of_a_minute_however_the_dice_fall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setattr(random, "uniform", lambda low, high: low)
    default = ModelSettings(model="m")
    with LlmServer(lambda body: Fail(503, "down")) as server:
        quick = {"backoff_s": default.backoff_s / QUICKER, "max_wait_s": default.max_wait_s / QUICKER}
        settings = default.model_copy(update={"base_url": server.url, **quick})
        with ChatClient(settings) as client, pytest.raises(ModelError, match="no reply in"):
            client.chat(
                [{"role": "user", "content": "hello"}],
                on_retry=lambda why, attempt, seconds: waits.append(seconds),
            )
    assert len(waits) == default.retries
    assert sum(waits) * QUICKER >= OUTAGE
