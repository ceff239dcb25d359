"""Episodes of the language-model interpreters over real HTTP with scripted models, in both protocols."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lab import FakeLab
from llm_server import Fail, LlmServer, Outcome, Say, in_order
from scripted_episode import EMPTY_CODE, NUMERIC, SUBMIT, WHOLE, ScriptedEpisode, experiment

from findbench.harness.errors import FatalModelError
from findbench.harness.interpreters.base import Preflight
from findbench.harness.interpreters.table import load_interpreter
from findbench.harness.model.client import ChatClient
from findbench.harness.schema.brief import Brief, Interpretation, InterpreterSettings
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.notes import MessageNote, RetryNote, TrimmedNote, UsageNote


def test_an_agent_experiments_reads_and_submits() -> None:
    run = ScriptedEpisode([experiment("print(f(1))"), experiment("print(f(2))"), SUBMIT])
    assert run.submitted == WHOLE
    assert run.lab.ran == ["print(f(1))", "print(f(2))"]
    assert (run.reminders(), run.forced()) == ([], [])
    roles = [message["role"] for message in run.sent]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "ran print(f(2))" in run.sent[-1]["content"]
    assert "(ok, 1 query, 998 left)" in run.sent[-1]["content"]
    assert "[4 replies left]" in run.sent[-1]["content"]
    assert len(run.lab.noted(UsageNote)) == 3
    said = [note.content for note in run.lab.noted(MessageNote) if note.role == "assistant"]
    assert said[-1] == SUBMIT


def test_an_agent_works_by_native_tool_calls() -> None:
    run = ScriptedEpisode(
        [
            Say(None, calls=(("run_experiment", {"code": "print(f(1))"}), ("run_experiment", {"code": "print(f(2))"}))),
            Say("Now I know.", calls=(("submit", WHOLE.model_dump()),)),
        ],
        protocol="native",
    )
    assert run.submitted == WHOLE
    assert run.lab.ran == ["print(f(1))", "print(f(2))"]
    assert [tool["function"]["name"] for tool in run.server.requests[0]["tools"]] == ["run_experiment", "submit"]
    assert [(m["role"], m.get("tool_call_id")) for m in run.sent[-2:]] == [("tool", "call_0"), ("tool", "call_1")]
    assert "ran print(f(1))" in run.sent[-2]["content"]


def test_in_native_mode_a_model_that_writes_text_is_understood() -> None:
    run = ScriptedEpisode([experiment("print(f(1))"), SUBMIT], protocol="native")
    assert run.submitted == WHOLE
    assert run.lab.ran == ["print(f(1))"]


def test_every_tool_call_is_answered_even_one_that_makes_no_sense() -> None:
    run = ScriptedEpisode(
        [
            Say(calls=(("run_experiment", {"code": "print(1)"}), ("rm", "{"))),
            Say(calls=(("rm", "{not json"),)),
            Say(calls=(("submit", WHOLE.model_dump()),)),
        ],
        protocol="native",
    )
    assert run.submitted == WHOLE
    assert run.reminders() == ["arguments"]
    calls = [call["id"] for message in run.sent for call in message.get("tool_calls", [])]
    answers = [message["tool_call_id"] for message in run.sent if message["role"] == "tool"]
    assert calls == answers
    arguments = [call["function"]["arguments"] for message in run.sent for call in message.get("tool_calls", [])]
    assert arguments[1:] == ["{}", "{}"]


def test_an_experiment_beside_a_submission_runs_first_and_the_submission_counts() -> None:
    run = ScriptedEpisode([experiment("print(f(3))") + "\n" + SUBMIT])
    assert run.lab.ran == ["print(f(3))"]
    assert run.submitted == WHOLE
    native = ScriptedEpisode(
        [Say(calls=(("submit", WHOLE.model_dump()), ("run_experiment", {"code": "print(f(3))"})))], protocol="native"
    )
    assert native.lab.ran == ["print(f(3))"]
    assert native.submitted == WHOLE


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        ("", "empty"),
        (Say(None, reasoning="hm"), "empty"),
        ("I think it is linear.", "format"),
        (Say("```python\nprint(f(1", finish="length"), "cut"),
        (Say("and so on " * 1000, finish="length"), "cut"),
        (Say(None, refusal="I will not."), "refusal"),
        (Say("", finish="content_filter"), "refusal"),
        (Fail(400, "blocked by the content filter", "content_filter"), "refusal"),
    ],
)
def test_a_reply_without_use_gets_a_reminder_and_the_episode_goes_on(outcome: Outcome, why: str) -> None:
    run = ScriptedEpisode([outcome, experiment("print(f(1))"), SUBMIT])
    assert run.submitted == WHOLE
    assert run.reminders() == [why]
    assert run.lab.ran == ["print(f(1))"]
    assert run.sent[3]["role"] == "user"
    assert "submit" in run.sent[3]["content"]


def test_reminders_are_few_and_then_the_best_submission_is_asked_for() -> None:
    run = ScriptedEpisode(["hm", "hm", "hm", "hm", SUBMIT], brief=NUMERIC.model_copy(update={"rounds": 20}))
    assert run.reminders() == ["format"] * 4
    assert run.forced() == ["reminders"]
    assert run.submitted == WHOLE
    assert run.server.count == 5


def test_endless_repetition_of_an_experiment_ends() -> None:
    run = ScriptedEpisode([experiment("print(f(1))")], brief=NUMERIC.model_copy(update={"rounds": 20}))
    assert len(run.lab.ran) == 5
    assert run.reminders() == ["repetition"] * 4
    assert run.forced() == ["reminders"]
    assert run.submitted == Interpretation(description="I look.")


def test_an_error_that_repeats_is_a_repetition_though_its_traceback_counts_on() -> None:
    numbers = iter(range(1, 100))
    lab = FakeLab(lambda _: f'File "<experiment {next(numbers)}>", line 1\nSyntaxError: x', status="error")
    run = ScriptedEpisode([experiment("print(f(1)")], brief=NUMERIC.model_copy(update={"rounds": 20}), lab=lab)
    assert len(run.lab.ran) == 5
    assert run.reminders() == ["repetition"] * 4


def test_the_same_experiment_with_another_outcome_is_no_repetition() -> None:
    outputs = iter(range(100))
    run = ScriptedEpisode([experiment("print(f(1))")] * 4 + [SUBMIT], lab=FakeLab(lambda _: str(next(outputs))))
    assert run.submitted == WHOLE
    assert run.reminders() == []


def test_only_the_first_experiments_of_a_flood_are_run() -> None:
    run = ScriptedEpisode(["\n".join(experiment(f"print({n})") for n in range(9)), SUBMIT])
    assert run.lab.ran == [f"print({n})" for n in range(5)]
    assert "first 5 of the 9" in run.sent[-1]["content"]


def test_running_out_of_rounds_is_asked_once_and_marked_forced() -> None:
    rounds = [experiment(f"print({n})") for n in range(6)]
    run = ScriptedEpisode([*rounds, SUBMIT])
    assert len(run.lab.ran) == 6
    assert run.forced() == ["rounds"]
    assert run.submitted == WHOLE
    assert run.server.count == 7
    assert "last reply" in run.sent[-4]["content"]
    assert "ran print(5)" in run.sent[-2]["content"]


def test_a_forced_reply_without_form_is_taken_as_it_is() -> None:
    rounds = [experiment(f"print({n})") for n in range(6)]
    run = ScriptedEpisode([*rounds, "It doubles x.\n```python\ndef predict(x):\n    return 2 * x\n```"])
    assert run.submitted == Interpretation(description="It doubles x.", code="def predict(x):\n    return 2 * x")
    nothing = ScriptedEpisode([*rounds, ""])
    assert nothing.submitted == Interpretation()
    assert nothing.server.count == 7


def test_a_submission_with_missing_parts_is_reminded_of_once_and_never_lost() -> None:
    better = ScriptedEpisode([EMPTY_CODE, f"<submission>\n<code>\n{WHOLE.code}\n</code>\n</submission>"])
    assert better.submitted == WHOLE
    assert better.reminders() == ["missing"]
    assert "code" in better.sent[-1]["content"]
    partial = WHOLE.model_copy(update={"code": ""})
    assert ScriptedEpisode([EMPTY_CODE]).submitted == partial
    assert ScriptedEpisode([EMPTY_CODE, "That is all."]).submitted == partial
    assert ScriptedEpisode([EMPTY_CODE, experiment("print(1)"), "That is all."]).submitted == partial
    assert ScriptedEpisode([EMPTY_CODE, Fail(500)]).submitted == partial
    assert ScriptedEpisode([EMPTY_CODE], brief=NUMERIC.model_copy(update={"rounds": 1})).submitted == partial


def test_a_submission_that_was_cut_is_asked_for_again_and_kept_if_nothing_better_comes() -> None:
    cut = Say(SUBMIT[: SUBMIT.index("    return")], finish="length")
    assert ScriptedEpisode([cut, SUBMIT]).submitted == WHOLE
    run = ScriptedEpisode([cut, "hm"])
    assert run.submitted is not None
    assert run.submitted.description == "twice x"


def test_a_model_that_fails_ends_the_episode_with_its_error() -> None:
    run = ScriptedEpisode([experiment("print(1)"), Fail(500, "out of order")])
    assert run.error is not None
    assert "out of order" in str(run.error)
    assert [note.attempt for note in run.lab.noted(RetryNote)] == [1]
    assert not isinstance(run.error, FatalModelError)
    assert isinstance(ScriptedEpisode([EMPTY_CODE, Fail(401)]).error, FatalModelError)


def test_a_full_context_drops_the_oldest_outputs_first_and_the_record_stays_whole() -> None:
    overflow = Fail(400, "maximum context length is 4096 tokens", "context_length_exceeded")
    outcomes: list[Outcome] = [*(experiment(f"print({n})") for n in range(4)), overflow, overflow, SUBMIT]
    run = ScriptedEpisode(outcomes, ordered=True, lab=FakeLab(lambda code: f"{code}: {'x' * 1000}\n"))
    assert run.submitted == WHOLE
    outputs = [message["content"] for message in run.sent[3::2]]
    assert ["left out" in text for text in outputs] == [True, True, False, False]
    assert "replies left" in outputs[0]
    assert len(run.lab.noted(TrimmedNote)) == 2
    first = run.server.requests[3]["messages"]
    assert all("left out" not in message["content"] for message in first)
    assert len(run.lab.ran) == 4


def test_when_no_output_is_left_the_oldest_exchanges_go_and_in_the_end_the_episode_fails() -> None:
    def small_context(body: dict[str, Any]) -> Outcome:
        if len(body["messages"]) > 6:
            return Fail(400, "maximum context length is 512 tokens")
        return experiment(f"print({len(lab.ran)})") if len(lab.ran) < 5 else SUBMIT

    lab = FakeLab()
    with LlmServer(small_context) as server, ChatClient(ModelSettings(model="t", base_url=server.url)) as client:
        agent = load_interpreter("aia", InterpreterSettings(protocol="text"), client)
        assert agent.interpret(lab, NUMERIC) == WHOLE
        assert server.requests[-1]["messages"][:2] == server.requests[0]["messages"]
    run = ScriptedEpisode([Fail(400, "maximum context length is 16 tokens")])
    assert run.error is not None
    assert "context" in str(run.error)


def test_without_code_the_model_names_inputs_and_gets_values() -> None:
    run = ScriptedEpisode(["<inputs>[1, 2]</inputs>", "<inputs>[true]</inputs>", SUBMIT], code=False)
    assert run.submitted == WHOLE
    assert len(run.lab.ran) == 1
    assert "[1.0, 2.0]" in run.lab.ran[0]
    assert run.reminders() == ["arguments"]
    assert "```python" not in run.sent[1]["content"]
    native = ScriptedEpisode(
        [Say(calls=(("query", {"inputs": ["a b"]}),)), Say(calls=(("submit", WHOLE.model_dump()),))],
        protocol="native",
        code=False,
        brief=Brief(category="strings", input_kind="text", output_kind="text"),
    )
    assert native.submitted == WHOLE
    assert '["a b"]' in native.lab.ran[0]
    assert [tool["function"]["name"] for tool in native.server.requests[0]["tools"]] == ["query", "submit"]


def test_without_code_no_code_of_a_model_is_ever_run() -> None:
    run = ScriptedEpisode([experiment("print(open('/etc/passwd').read())"), SUBMIT], code=False)
    assert run.lab.ran == []
    assert run.reminders() == ["format"]


def test_milan_sees_exemplars_and_submits_in_one_round() -> None:
    run = ScriptedEpisode([SUBMIT], name="milan")
    assert run.submitted == WHOLE
    assert run.server.count == 1
    assert len(run.lab.ran) == 1
    assert "[1.0, 2.0]" in run.lab.ran[0]
    assert "ran import json" in run.sent[1]["content"]
    native = ScriptedEpisode([Say(calls=(("submit", WHOLE.model_dump()),))], name="milan", protocol="native")
    assert native.submitted == WHOLE
    assert [tool["function"]["name"] for tool in native.server.requests[0]["tools"]] == ["submit"]


def test_milan_never_experiments() -> None:
    run = ScriptedEpisode([experiment("print(f(1))"), SUBMIT], name="milan")
    assert run.submitted == WHOLE
    assert len(run.lab.ran) == 1
    assert run.reminders() == ["format"]
    stubborn = ScriptedEpisode([experiment("print(f(1))")], name="milan")
    assert len(stubborn.lab.ran) == 1
    assert stubborn.forced() == ["reminders"]


def test_the_hybrid_starts_from_exemplars_and_experiments() -> None:
    run = ScriptedEpisode([experiment("print(f(3))"), SUBMIT], name="aia+exemplars")
    assert run.submitted == WHOLE
    assert len(run.lab.ran) == 2
    assert "ran import json" in run.sent[1]["content"]


def test_the_example_of_an_experiment_is_one_that_this_f_can_take() -> None:
    words = Brief(category="strings", input_kind="text", output_kind="text")
    assert 'for x in ["word", "Hello 42"]]' in ScriptedEpisode([SUBMIT], brief=words).sent[1]["content"]
    assert "for x in [-2, 0, 2.5]]" in ScriptedEpisode([SUBMIT]).sent[1]["content"]


@pytest.mark.parametrize("category", ["numeric", "strings", "entities", "relations"])
def test_the_prior_decides_how_much_the_brief_gives_away(category: Any) -> None:
    kinds = {"numeric": ("number", "number"), "entities": ("text", "number")}.get(category, ("text", "text"))
    told = {}
    for prior in ("none", "category", "families"):
        brief = Brief(category=category, input_kind=kinds[0], output_kind=kinds[1], prior=prior)
        told[prior] = ScriptedEpisode([SUBMIT], brief=brief).sent[1]["content"]
    assert len(told["none"]) < len(told["category"]) < len(told["families"])
    for word in ("neuron", "mathematical function of one variable", "factual relation", "string of characters"):
        assert word not in told["none"]
    assert "$" not in told["families"]


def test_the_limits_of_an_experiment_are_told_as_they_are() -> None:
    assert "at most 16 KiB, so use print" in ScriptedEpisode([SUBMIT]).sent[1]["content"]
    brief = NUMERIC.model_copy(update={"stdout_bytes": 1000, "seconds": 7.5})
    told = ScriptedEpisode([SUBMIT], brief=brief).sent[1]["content"]
    assert "at most 1000 bytes, so use print" in told
    assert "One experiment may take 7.5 seconds" in told


def test_auto_finds_the_protocol_out_once_and_says_which() -> None:
    cases: list[tuple[Outcome, str]] = [
        (Say(calls=(("run_experiment", {"code": "print(1)"}),)), "native tool calls"),
        (Say(calls=(("run_experiment", "print(1)"),)), "plain text"),
        ("print(1)", "plain text"),
        (Fail(400, "tiny does not support tools"), "plain text"),
        (Fail(500, "tool_choice needs --jinja"), "plain text"),
    ]
    for probe, says in cases:
        with (
            LlmServer(in_order([probe, SUBMIT])) as server,
            ChatClient(ModelSettings(model="t", base_url=server.url, retries=1, backoff_s=0.01)) as client,
        ):
            agent = load_interpreter("aia", InterpreterSettings(), client)
            assert isinstance(agent, Preflight)
            assert f"uses {says} (detected)" in agent.prepare()
            for _ in range(3):
                assert agent.interpret(FakeLab(), NUMERIC) == WHOLE
            assert server.count == 4


@pytest.mark.parametrize("protocol", ["auto", "native", "text"])
def test_a_server_that_cannot_serve_is_found_before_the_first_episode(protocol: Any) -> None:
    gone = LlmServer(in_order([""]))
    with gone:
        pass
    with LlmServer(in_order([Fail(404, "model 'tiny' not found")])) as server:
        for url, says in ((server.url, "unknown model"), (gone.url, "is the server up")):
            with ChatClient(ModelSettings(model="tiny", base_url=url, backoff_s=0.01)) as client:
                agent = load_interpreter("aia", InterpreterSettings(protocol=protocol), client)
                assert isinstance(agent, Preflight)
                with pytest.raises(FatalModelError, match=says):
                    agent.prepare()


def test_native_on_a_server_without_tools_says_what_to_do() -> None:
    with (
        LlmServer(in_order([Fail(400, "no tools here")])) as server,
        ChatClient(ModelSettings(model="tiny", base_url=server.url)) as client,
    ):
        agent = load_interpreter("aia", InterpreterSettings(protocol="native"), client)
        assert isinstance(agent, Preflight)
        with pytest.raises(FatalModelError, match="--protocol text"):
            agent.prepare()


def test_equal_seeds_ask_with_equal_seeds_and_others_with_others() -> None:
    def seeds(seed: int) -> list[int]:
        run = ScriptedEpisode([experiment("print(1)"), SUBMIT], brief=NUMERIC.model_copy(update={"seed": seed}))
        return [body["seed"] for body in run.server.requests]

    assert seeds(1) == seeds(1)
    assert len({*seeds(1), *seeds(2)}) == 4


def test_counts_are_in_their_right_form_and_f_left_is_named() -> None:
    one = ScriptedEpisode([SUBMIT], brief=NUMERIC.model_copy(update={"budget": 1, "rounds": 1})).sent[1]["content"]
    assert "You have 1 query of `f` in all" in one
    assert "as one) and 1 reply." in one
    many = ScriptedEpisode([SUBMIT], brief=NUMERIC.model_copy(update={"budget": 100})).sent[1]["content"]
    assert "You have 100 queries of `f` in all" in many
    for protocol in ("native", "text"):
        told = ScriptedEpisode([SUBMIT], protocol=protocol).sent[1]["content"]
        assert "`f.left` is the number of queries that are left" in told
