"""A few episodes with whatever model FINDBENCH_BASE_URL serves: invariants, not scores. Run by `make test-lm` only."""

from __future__ import annotations

import os
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner

from findbench.harness.commands.run import run
from findbench.harness.interpreters.table import INTERPRETERS
from findbench.harness.records import Run
from findbench.harness.schema.notes import MessageNote

pytestmark = pytest.mark.lm

ROUNDS = 4
BUDGET = 200


@pytest.fixture(scope="module")
def server() -> tuple[str, str]:
    """URL and model: FINDBENCH_MODEL, else the first that the server names."""
    url = os.environ["FINDBENCH_BASE_URL"]
    named = os.environ.get("FINDBENCH_MODEL")
    if named:
        return url, named
    with openai.OpenAI(base_url=url, api_key=os.environ.get("OPENAI_API_KEY") or "none") as client:
        return url, client.models.list().data[0].id


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("interpreter", [name for name, entry in INTERPRETERS.items() if entry.needs_model])
@pytest.mark.parametrize("protocol", ["auto", "text"])
def test_a_real_model_completes_episodes_within_the_rules(
    server: tuple[str, str], interpreter: str, protocol: str, tmp_path: Path
) -> None:
    url, model = server
    out = tmp_path / "run"
    arguments = ["smoke", "--functions", "1", "--interpreter", interpreter, "--out", str(out), "--concurrency", "1"]
    arguments += ["--rounds", str(ROUNDS), "--budget", str(BUDGET), "--max-reply-tokens", "400"]
    arguments += ["--model", model, "--base-url", url, "--protocol", protocol]
    result = CliRunner().invoke(run, arguments, standalone_mode=False, catch_exceptions=False)
    assert result.exit_code == 0
    records = list(Run(out).records())
    assert len(records) == 4
    for record in records:
        assert record.status in ("finished", "no_submission", "model_error"), record.error
        assert 0 <= record.queries <= BUDGET
        assert sum(experiment.queries for experiment in record.experiments) == record.queries
        messages = [event for event in record.transcript if isinstance(event, MessageNote)]
        replies = [message for message in messages if message.role == "assistant"]
        assert len(replies) == record.usage.calls <= ROUNDS + 1
        assert (record.interpretation is None) == (record.status == "model_error")
        if interpreter == "milan":
            assert len(record.experiments) == 1
    key = os.environ.get("OPENAI_API_KEY")
    assert not key or all(key not in path.read_text() for path in out.rglob("*.json"))
