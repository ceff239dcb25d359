"""`findbench.study`: one episode from Python, with an interpreter by name, by path or as an object."""

from __future__ import annotations

from typing import Any

import pytest
from llm_server import LlmServer, by_round
from run_help import Prober
from scripted_episode import SUBMIT, WHOLE, experiment

import findbench
from findbench.harness.errors import UsageError
from findbench.harness.schema.brief import InterpreterSettings
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.notes import CustomNote
from findbench.harness.schema.records import EpisodeRecord, Experiment


@pytest.fixture(scope="module")
def function() -> findbench.Function:
    return findbench.load_suite("smoke")["numeric/0000"]


def test_an_interpreter_by_name_studies_and_is_scored(function: findbench.Function) -> None:
    record = findbench.study(function, "line", budget=20, seed=3)
    assert (record.function, record.status, record.queries) == (function.id, "finished", 20)
    assert record.score is not None
    assert record.score.global_ is not None
    again = findbench.study(function, "findbench.harness.interpreters.baselines:Line", budget=20, seed=3)
    assert again.queried == record.queried
    assert again.interpretation == record.interpretation
    assert again.score == record.score
    assert EpisodeRecord.model_validate_json(record.model_dump_json()) == record


def test_an_interpreter_of_ones_own_is_any_object(function: findbench.Function) -> None:
    class Mine:
        name = "mine"

        def interpret(self, lab: Any, brief: Any) -> findbench.Interpretation:
            lab.note(CustomNote(kind="plan", data={"queries": [brief.budget, lab.remaining]}))
            found = lab.run("import sys\nprint(f(1))\nprint('aside', file=sys.stderr)", seconds=5)
            return findbench.Interpretation(description=found.stdout, code="def predict(x):\n    return x")

    events: list[object] = []
    record = findbench.study(function, Mine(), budget=7, on_event=events.append)
    assert [type(event) for event in record.transcript] == [CustomNote, Experiment]
    assert events == list(record.transcript)
    assert record.transcript[0] == CustomNote(kind="plan", data={"queries": [7, 7]})
    assert record.queries == 1
    assert record.experiments[0].stderr == "aside\n"


@pytest.mark.parametrize(
    ("kind", "callable_", "code"),
    [
        ("number", lambda x: 3 * x + 1, "def predict(x):\n    return 3 * x + 1"),
        ("text", lambda x: x.upper(), "def predict(x):\n    return x.upper()"),
        ("row", lambda x: x[::-1], "def predict(x):\n    return x[::-1]"),
    ],
)
def test_any_python_callable_is_studied_and_scored(kind: str, callable_: Any, code: str) -> None:
    hidden = findbench.Function.from_callable(callable_, kind=kind, width=3 if kind == "row" else None)

    class Knowing:
        name = "knowing"
        needs = frozenset({"exemplars"})

        def interpret(self, lab: Any, brief: Any) -> findbench.Interpretation:
            asked = brief.exemplar_inputs[0]
            lab.run(f"print(f({list(asked) if isinstance(asked, tuple) else asked!r}))")
            return findbench.Interpretation(description="known", code=code)

    record = findbench.study(hidden, Knowing(), budget=5)
    assert (record.status, record.queries, len(record.queried)) == ("finished", 1, 1), record.experiments
    assert record.score is not None
    assert record.score.global_ == 1.0
    assert EpisodeRecord.model_validate_json(record.model_dump_json()) == record


def test_a_language_model_needs_its_name_and_its_server(function: findbench.Function, monkeypatch: Any) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LlmServer(by_round([experiment("print(f(1))"), SUBMIT])) as server:
        text = InterpreterSettings(protocol="text")
        record = findbench.study(function, "aia", model="tiny", base_url=server.url, settings=text, rounds=4)
        assert record.interpretation == WHOLE
        assert (record.status, record.usage.calls, record.queries) == ("finished", 2, 1)
        full = ModelSettings(model="tiny", base_url=server.url, max_reply_tokens=7)
        assert findbench.study(function, "aia", model=full, settings=text).status == "finished"
        assert server.requests[-1]["max_tokens"] == 7


@pytest.mark.parametrize(("seconds", "says"), [(-1, "positive number of seconds"), (31, "31")])
def test_what_the_interpreter_does_wrong_is_in_the_record(
    function: findbench.Function, seconds: float, says: str
) -> None:
    class Greedy:
        name = "greedy"

        def interpret(self, lab: Any, brief: Any) -> findbench.Interpretation:
            lab.run("print(1)", seconds=seconds)
            return findbench.Interpretation()

    record = findbench.study(function, Greedy())
    assert record.status == "interpreter_error"
    assert record.error is not None
    assert says in record.error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"interpreter": "lime"}, "did you mean 'line'"),
        ({"interpreter": Prober}, "is not an interpreter"),
        ({"interpreter": 3}, "is not an interpreter"),
        ({"interpreter": "aia"}, r"needs a language model: give model="),
        ({"interpreter": "line", "model": "m"}, "uses no language model"),
        ({"interpreter": "aia", "base_url": "http://127.0.0.1:1/v1"}, "give the model's name"),
        ({"interpreter": Prober(), "settings": InterpreterSettings()}, "brings its own"),
        ({"interpreter": "line", "budget": -1}, "budget -1"),
        ({"interpreter": "line", "rounds": 0}, "rounds 0"),
    ],
)
def test_arguments_that_cannot_be_used_are_one_line(
    function: findbench.Function, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        findbench.study(function, **arguments)
    assert "\n" not in str(caught.value)
