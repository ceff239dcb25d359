"""The disk cache: a known question costs nothing, another question is never answered with it."""

from pathlib import Path

import pytest
from llm_server import LlmServer, Say, by_round

from findbench.harness.errors import UsageError
from findbench.harness.model.cache import ChatCache
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.model import ModelSettings


def question(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_a_reply_is_asked_for_once_and_kept_across_processes(tmp_path: Path) -> None:
    with LlmServer(lambda body: Say(body["messages"][0]["content"].upper(), logprobs={"1": -0.5})) as server:
        settings = ModelSettings(model="tiny", base_url=server.url)
        with ChatClient(settings) as client:
            cache = ChatCache(client, tmp_path / "cache")
            first = cache.chat(question("a"), temperature=0.0, top_logprobs=5)
            again = ChatCache(client, tmp_path / "cache").chat(question("a"), temperature=0.0, top_logprobs=5)
            assert (again.text, again.top_logprobs) == (first.text, first.top_logprobs) == ("A", (("1", -0.5),))
            assert (first.usage.calls, again.usage.calls) == (1, 0)
            assert server.count == 1
            assert cache.chat(question("b"), temperature=0.0, top_logprobs=5).text == "B"
            cache.chat(question("a"), temperature=1.0, top_logprobs=5)
            assert server.count == 3
        with ChatClient(settings.model_copy(update={"model": "other"})) as client:
            ChatCache(client, tmp_path / "cache").chat(question("a"), temperature=0.0, top_logprobs=5)
            assert server.count == 4


def test_a_damaged_file_is_asked_for_again(tmp_path: Path) -> None:
    with (
        LlmServer(by_round(["fine"])) as server,
        ChatClient(ModelSettings(model="tiny", base_url=server.url)) as client,
    ):
        cache = ChatCache(client, tmp_path)
        cache.chat(question("a"))
        (path,) = tmp_path.glob("*/*.json")
        path.write_text("{")
        assert cache.chat(question("a")).text == "fine"
        assert server.count == 2
        assert [p.name for p in tmp_path.glob("*/*")] == [path.name]


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with ChatClient(ModelSettings(model="tiny", base_url="http://127.0.0.1:1/v1")) as client, pytest.raises(UsageError):
        ChatCache(client, tmp_path / "file" / "cache")


def test_the_reply_of_one_server_is_never_taken_for_anothers(tmp_path: Path) -> None:
    """Two servers may call different models by one name."""
    answers = []
    for text in ("from the first", "from the second"):
        with (
            LlmServer(by_round([text])) as server,
            ChatClient(ModelSettings(model="tiny", base_url=server.url)) as client,
        ):
            answers.append(ChatCache(client, tmp_path).chat(question("a")).text)
    assert answers == ["from the first", "from the second"]


def test_what_the_settings_decide_is_part_of_the_question(tmp_path: Path) -> None:
    with LlmServer(by_round(["fine"])) as server:

        def ask(settings: dict[str, float | str], **parameters: float | None) -> int:
            with ChatClient(
                ModelSettings.model_validate({"model": "tiny", "base_url": server.url} | settings)
            ) as client:
                ChatCache(client, tmp_path).chat(question("a"), **parameters)
            return server.count

        assert ask({"temperature": 0.5}) == 1
        assert ask({}, temperature=0.5) == 1, "the same question, asked otherwise"
        assert ask({"temperature": 0.5}, temperature=None) == 1, "None is what the settings say"
        assert ask({"temperature": 1.0}, temperature=None) == 2
        assert ask({"temperature": 0.5}, seed=1) == 3
        assert ask({"temperature": 0.5, "max_reply_tokens": 7}) == 4
        assert ask({"temperature": 0.5, "retries": 0}) == 4, "patience decides no reply"
        assert ask({"temperature": 0.5, "base_url": f"{server.url}/"}) == 4, "the same server"
