"""Ctrl-C while a model is silent: the run ends at once, with nothing left behind."""

import signal
from pathlib import Path

from llm_server import LlmServer, Stall, in_order
from run_help import owned_by, start, wait_until

from findbench.harness.scheduler import STOP_SECONDS


def test_ctrl_c_does_not_wait_for_a_model_that_is_silent(tmp_path: Path) -> None:
    with LlmServer(in_order(["ready", Stall()])) as server:
        process = start(
            *("run", "smoke", "--ids", "numeric/0000,numeric/0001", "--interpreter", "aia", "--protocol", "text"),
            *("--model", "m", "--base-url", server.url, "--concurrency", "2", "--out", tmp_path / "run"),
            NO_PROXY="127.0.0.1",
        )
        try:
            wait_until(lambda: server.count == 3, process)  # both episodes have asked
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=STOP_SECONDS * 0.75)
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 130, said
    assert owned_by(process.pid) == []
