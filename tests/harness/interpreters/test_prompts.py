"""Prompts: each is said in some episode, nothing else is, and a person's own take the place of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_lab import FakeLab
from llm_server import Fail, LlmServer, Outcome, Say, in_order
from scripted_episode import EMPTY_CODE, NUMERIC, SUBMIT, WHOLE, ScriptedEpisode, experiment

from findbench.functions.categories import CATEGORIES
from findbench.harness.errors import UsageError
from findbench.harness.interpreters.base import Preflight
from findbench.harness.interpreters.prompts import Prompts
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.brief import Brief, InterpreterSettings
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.result import Result


def test_a_person_may_replace_a_prompt_and_the_version_tells(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Be brief.")
    mine = Prompts(tmp_path)
    assert mine("system") == "Be brief."
    assert mine("probe_text") == Prompts()("probe_text")
    assert mine.version() != Prompts().version() == Prompts().version()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("sytsem.txt", "x", "replaces nothing"),
        ("system.txt", "$budget", "unknown placeholder"),
        ("system.txt", "5$ each", "lone"),
        ("readme.md", "x", "holds no .txt"),
    ],
)
def test_a_prompt_that_cannot_work_is_refused_before_the_run(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=says):
        Prompts(tmp_path)


def test_a_directory_of_prompts_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a directory"):
        Prompts(tmp_path / "none")


def test_placeholders_inside_a_value_stay_as_they_are() -> None:
    filled = Prompts()("output", number=1, status="ok", queries=0, remaining=5, stdout="$budget ${x} $$")
    assert filled.endswith("$budget ${x} $$")


class StateLosingLab(FakeLab):
    """Its first experiment costs the variables and prints nothing."""

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        self.ran.append(code)
        return Result("", "timeout", 1, 0.01, state_kept=len(self.ran) > 1)


def episodes(prompts: Path) -> Iterator[ScriptedEpisode]:
    """Episodes in which, together, a model is told everything that there is to tell."""
    submit = Say(calls=(("submit", WHOLE.model_dump()),))
    for category in CATEGORIES:
        kinds = {"numeric": ("number", "number"), "entities": ("text", "number")}.get(category, ("text", "text"))
        subject = "a country" if category == "relations" else ""
        brief = Brief(category=category, subject=subject, input_kind=kinds[0], output_kind=kinds[1], prior="families")
        yield ScriptedEpisode([SUBMIT], brief=brief, prompts=prompts)
    rows = Brief(category="custom", input_kind="row", output_kind="row", prior="none")
    mixed = Brief(category="custom", input_kind="number", output_kind="text", prior="none")
    for brief in (rows, mixed):
        yield ScriptedEpisode([SUBMIT], brief=brief, prompts=prompts)
    yield ScriptedEpisode([SUBMIT], name="milan", prompts=prompts)
    yield ScriptedEpisode(["hm", SUBMIT], name="milan", lab=FakeLab(budget=0), prompts=prompts)
    yield ScriptedEpisode([SUBMIT], name="aia+exemplars", prompts=prompts)
    yield ScriptedEpisode(["<inputs>[true]</inputs>", SUBMIT], code=False, prompts=prompts)
    yield ScriptedEpisode(["hm", Say(calls=(("query", {"inputs": [1]}),)), submit], prompts=prompts, protocol="native")
    yield ScriptedEpisode([submit], code=False, prompts=prompts, protocol="native")
    patient: dict[str, Any] = {"reminders": 9, "prompts": prompts}
    useless: list[Outcome] = ["", "hm", Say("```python\n1", finish="length"), Say(None, refusal="I will not.")]
    looping = [experiment("1"), experiment("1"), "\n".join(experiment(str(n)) for n in range(6))]
    long = NUMERIC.model_copy(update={"rounds": 20})
    yield ScriptedEpisode([*useless, *looping, EMPTY_CODE, SUBMIT], brief=long, lab=StateLosingLab(), **patient)
    yield ScriptedEpisode([experiment(str(n)) for n in range(6)] + [SUBMIT], **patient)
    overflow = Fail(400, "maximum context length is 4096 tokens", "context_length_exceeded")
    yield ScriptedEpisode([experiment("1"), overflow, SUBMIT], ordered=True, **patient)


def probes(prompts: Path) -> Iterator[str]:
    """What is asked before the first episode."""
    for protocol in ("native", "text"):
        with (
            LlmServer(in_order(["ok"])) as server,
            ChatClient(ModelSettings(model="tiny", base_url=server.url)) as client,
        ):
            agent = load_interpreter("aia", InterpreterSettings(protocol=protocol, prompts=prompts), client)
            assert isinstance(agent, Preflight)
            agent.prepare()
            yield json.dumps(server.requests)


def test_every_prompt_is_said_to_a_model_in_some_episode(tmp_path: Path) -> None:
    ours = Prompts()
    for name in ours.names:
        (tmp_path / f"{name}.txt").write_text(f"{ours.text(name)} @{name}@")
    said = "".join([*probes(tmp_path), *(json.dumps(episode.server.requests) for episode in episodes(tmp_path))])
    assert [name for name in ours.names if f"@{name}@" not in said] == []
    assert "$" not in said


def test_a_category_of_ones_own_is_told_by_its_types() -> None:
    brief = Brief(category="custom", input_kind="number", output_kind="text", prior="families")
    told = ScriptedEpisode([SUBMIT], brief=brief).sent[1]["content"]
    assert "`f` takes a real number and returns a piece of text." in told
    assert "It gets one number and returns one string." in told


def test_a_model_is_told_nothing_that_is_not_in_a_prompt(tmp_path: Path) -> None:
    for name in Prompts().names:
        (tmp_path / f"{name}.txt").write_text("@")
    episode = ScriptedEpisode([experiment("1"), "hm", EMPTY_CODE, SUBMIT], name="aia+exemplars", prompts=tmp_path)
    told = [message["content"] for message in episode.sent if message["role"] != "assistant"]
    assert set("".join(told)) == {"@", "\n"}
