"""Functions that a language model stands for: read from its probabilities, asked once, the same ever after."""

import math
from pathlib import Path
from typing import Any

import pytest
from llm_server import LlmServer, Say

from findbench.harness.errors import ModelError
from findbench.harness.lm_functions import LmEntities, LmRelations, activation
from findbench.harness.model.cache import ChatCache
from findbench.harness.model.client import ChatClient
from findbench.harness.model.replies import Reply
from findbench.harness.schema.model import ModelSettings


def test_an_activation_is_the_share_of_one() -> None:
    def share(**tokens: float) -> float:
        return activation(Reply(top_logprobs=tuple((k.strip("_"), math.log(p)) for k, p in tokens.items())))

    assert share(_1=0.6, _0=0.2) == 0.75
    assert share(_1=0.3, _0=0.6) == 0.3333
    assert share(yes=0.9) == 0.0
    assert activation(Reply(top_logprobs=((" 1", math.log(0.2)), ("1", math.log(0.2)), ("0", math.log(0.4))))) == 0.5
    with pytest.raises(ModelError, match="log-probabilities"):
        activation(Reply(text="1"))


def test_an_entity_function_is_asked_once_an_input_and_stays_the_same(tmp_path: Path) -> None:
    def model(body: dict[str, Any]) -> Say:
        related = "Concept: sea" in body["messages"][0]["content"] and "Input: ship" in body["messages"][0]["content"]
        return Say("1", logprobs={"1": math.log(0.9 if related else 0.1), "0": math.log(0.1 if related else 0.9)})

    with (
        LlmServer(model) as server,
        ChatClient(ModelSettings(model="tiny", base_url=server.url)) as client,
    ):
        first = LmEntities(ChatCache(client, tmp_path))(["sea", "music"], ["ship", "brick"])
        again = LmEntities(ChatCache(client, tmp_path))(["sea", "music"], ["ship", "brick"])
        assert first.tolist() == again.tolist() == [0.9, 0.1]
        assert server.count == 4
        assert server.requests[0]["temperature"] == 0.0
        assert server.requests[0]["top_logprobs"] == 20


def test_a_relation_is_the_first_line_of_the_answer(tmp_path: Path) -> None:
    answers = {"Paris": ' "France".\nBecause', "brick": "Undefined.", "Rome": ""}

    def model(body: dict[str, Any]) -> Say:
        (item,) = (name for name in answers if f"Input: {name}" in body["messages"][0]["content"])
        return Say(answers[item])

    with (
        LlmServer(model) as server,
        ChatClient(ModelSettings(model="tiny", base_url=server.url)) as client,
    ):
        relation = LmRelations(ChatCache(client, tmp_path))
        assert relation("country of a city", list(answers)) == ["France", "undefined", "undefined"]
