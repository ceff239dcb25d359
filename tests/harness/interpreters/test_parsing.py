"""What a reply is taken for: every shape that models have been seen to give has one defined outcome."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.harness.interpreters.parsing import ParsedReply, parse_without_form, without_thoughts
from findbench.harness.interpreters.protocols import parse_reply
from findbench.harness.model.replies import Reply
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.notes import Finish, ToolCall

SUBMISSION = """<submission>
<description>twice x</description>
<domain>all numbers</domain>
<code>
def predict(x):
    return 2 * x
</code>
</submission>"""
WHOLE = Interpretation(description="twice x", domain="all numbers", code="def predict(x):\n    return 2 * x")


def said(text: str, finish: Finish = "stop", *, code: bool = True) -> ParsedReply:
    return parse_reply(Reply(text=text, finish=finish), code=code)


def codes(parsed: ParsedReply) -> list[str]:
    return [request.text for request in parsed.requests]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Look:\n```python\nprint(f(1))\n```\nDone.", ["print(f(1))"]),
        ("```python\na = 1\n```\nand\n```py\nprint(a)\n```", ["a = 1", "print(a)"]),
        ("```python\nprint(1)\n```\n```python\nprint(1)\n```", ["print(1)"]),
        ("```\nprint(f(1))\n```", ["print(f(1))"]),
        ("```python\nprint(f(1))\n```\nIt prints:\n```\n3.0\n```", ["print(f(1))"]),
        ("```bash\nls\n```", []),
        ("```python\nprint(f(1))", ["print(f(1))"]),
        ("~~~python\nprint(1)\n~~~", ["print(1)"]),
        ("```python print(f(1))```", ["print(f(1))"]),
        ("````python\nprint('''\n```\n''')\n````", ["print('''\n```\n''')"]),
        ("  ```python\n  print(1)\n  ```", ["print(1)"]),
        ("```python\nx = 'a\u2028b'\n```", ["x = 'a\u2028b'"]),
        ("```python\n\n```", []),
        ("<think>```python\nprint(0)\n```</think>```python\nprint(1)\n```", ["print(1)"]),
    ],
)
def test_fenced_python_is_an_experiment(text: str, expected: list[str]) -> None:
    parsed = said(text)
    assert codes(parsed) == expected
    assert parsed.problem == (None if expected else "format")


def test_a_block_that_was_cut_is_not_run_but_those_before_it_are() -> None:
    text = "```python\nprint(1)\n```\n```python\nprint(2"
    assert codes(said(text, "length")) == ["print(1)"]
    assert codes(said(text)) == ["print(1)", "print(2"]
    assert said("```python\nprint(2", "length") == ParsedReply(problem="cut")
    assert said("because because because", "length") == ParsedReply(problem="cut")


@pytest.mark.parametrize(
    "text",
    [
        SUBMISSION,
        f"I am sure.\n{SUBMISSION}\nThank you.",
        SUBMISSION.replace("<code>\n", "<code>\n```python\n").replace("\n</code>", "\n```\n</code>"),
        f"```xml\n{SUBMISSION}\n```",
        SUBMISSION.removesuffix("\n</submission>"),
        SUBMISSION.removeprefix("<submission>\n").removesuffix("\n</submission>"),
        SUBMISSION.replace("<submission>", "<SUBMISSION>").replace("<code>", "<Code>"),
        f"<submission>\n<description>a draft</description>\n</submission>\nNo, better:\n{SUBMISSION}",
        SUBMISSION.replace("</description>", "").replace("</domain>", ""),
    ],
)
def test_a_tagged_submission_is_found_in_many_dresses(text: str) -> None:
    assert said(text) == ParsedReply(submission=WHOLE)


def test_parts_that_are_missing_are_empty() -> None:
    parsed = said("<submission>\n<description>twice x</description>\n<domain>...</domain>\n</submission>")
    assert parsed.submission == Interpretation(description="twice x")


@pytest.mark.parametrize("code", ["def predict(x):\n    ...", "def predict(x):\n    ...}", "...", "```python\n…\n```"])
def test_the_form_sent_back_unfilled_is_no_submission(code: str) -> None:
    form = f"<submission>\n<description>...</description>\n<domain>...</domain>\n<code>{code}</code>\n</submission>"
    assert said(form) == ParsedReply(problem="format")
    kept = said(form.replace("...", "twice x", 1)).submission
    assert kept == Interpretation(description="twice x")


def test_code_that_is_filled_in_is_kept_whatever_dots_it_holds() -> None:
    code = "def predict(x):\n    y = x[...]\n    return ..."
    parsed = said(SUBMISSION.replace("def predict(x):\n    return 2 * x", code))
    assert parsed.submission == Interpretation(description="twice x", domain="all numbers", code=code)


def test_code_may_hold_the_closing_tag() -> None:
    text = SUBMISSION.replace("return 2 * x", "return '</code>'")
    assert said(text).submission == Interpretation(
        **WHOLE.model_dump() | {"code": "def predict(x):\n    return '</code>'"}
    )


def test_an_experiment_beside_a_submission_is_seen_as_both() -> None:
    parsed = said(f"```python\nprint(f(3))\n```\n{SUBMISSION}")
    assert codes(parsed) == ["print(f(3))"]
    assert parsed.submission == WHOLE


def test_a_submission_that_was_cut_is_kept_as_a_last_resort() -> None:
    parsed = said(SUBMISSION[: SUBMISSION.index("return")], "length")
    assert (parsed.complete, parsed.problem) == (False, "cut")
    assert parsed.submission is not None
    assert parsed.submission.description == "twice x"
    assert said(SUBMISSION + "\nand then and then", "length") == ParsedReply(submission=WHOLE)


def test_refusals_and_nothing_are_told_apart() -> None:
    assert parse_reply(Reply(refusal="I cannot")).problem == "refusal"
    assert parse_reply(Reply(text="```python\n1\n```", finish="content_filter")).problem == "refusal"
    assert said("").problem == "empty"
    assert said(" \n").problem == "empty"
    assert said("<think>hm").problem == "empty"
    assert said("I am sorry, I cannot help with that.").problem == "format"


def test_inputs_alone_are_read_where_there_is_no_code() -> None:
    assert codes(said("<inputs>[1, 2]</inputs> then <inputs>[3]</inputs>", code=False)) == ["[1, 2]", "[3]"]
    assert codes(said("```json\n[1, 2]\n```", code=False)) == ["[1, 2]"]
    assert codes(said("<inputs>[1, 2]", code=False)) == ["[1, 2]"]
    assert said("<inputs>[1, 2", "length", code=False).problem == "cut"
    assert said("```python\nprint(f(1))\n```", code=False).problem == "format"
    assert said(SUBMISSION, code=False).submission == WHOLE


def call(name: str, arguments: str) -> Reply:
    return Reply(tool_calls=(ToolCall(id="c", name=name, arguments=arguments),), finish="tool_calls")


def test_tool_calls_are_read() -> None:
    assert codes(parse_reply(call("run_experiment", '{"code": "print(1)"}'))) == ["print(1)"]
    assert parse_reply(call("submit", WHOLE.model_dump_json())).submission == WHOLE
    assert codes(parse_reply(call("query", '{"inputs": [1, "a"]}'), code=False)) == ['[1, "a"]']
    fenced = call("submit", '{"description": "d", "code": "```python\\nx = 1\\n```"}')
    assert parse_reply(fenced).submission == Interpretation(description="d", code="x = 1")


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (call("run_experiment", '{"code": "pri'), "not JSON"),
        (call("run_experiment", '{"code": 5}'), "valid string"),
        (call("run_experiment", "[]"), "arguments of run_experiment"),
        (call("run_experiment", ""), "code: Field required"),
        (call("query", '{"inputs": [1]}'), "no tool called 'query'"),
        (call("rm", "{}"), "no tool called 'rm'"),
        (call("submit", "[" * 100_000), "not JSON"),
    ],
)
def test_calls_that_cannot_be_read_say_why(reply: Reply, says: str) -> None:
    parsed = parse_reply(reply)
    assert parsed.problem == "arguments"
    assert says in parsed.detail


def test_a_call_that_was_cut_is_a_cut_reply() -> None:
    reply = call("run_experiment", '{"code": "pri').model_copy(update={"finish": "length"})
    assert parse_reply(reply).problem == "cut"


def test_thoughts_in_tags_are_not_part_of_a_reply() -> None:
    assert without_thoughts("<think>a</think>b<thinking>c</thinking>d") == "bd"
    assert without_thoughts("opened by the template</think>b") == "b"
    assert without_thoughts("b<think>never closed") == "b"


def test_a_last_reply_without_form_is_salvaged() -> None:
    text = "It doubles x.\n```python\ndef predict(x):\n    return 2 * x\n```\nFor all x."
    assert parse_without_form(Reply(text=text)) == Interpretation(
        description="It doubles x.\nFor all x.", code="def predict(x):\n    return 2 * x"
    )
    assert parse_without_form(Reply(text="  ")) is None


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["```", "```python", "print(1)", "<submission>", "</submission>", "<code>", "</code>", "<think>", "\n"]
        )
        | st.sampled_from(
            ["</think>", "<description>", "x", "`", "<inputs>", "[1]", "</inputs>", "é", "\0", " ", "\r"]
        ),
        max_size=40,
    ),
    st.sampled_from(["stop", "length"]),
    st.booleans(),
)
def test_any_mixture_of_marks_has_an_outcome(pieces: list[str], finish: Finish, code: bool) -> None:
    parsed = said("".join(pieces), finish, code=code)
    assert parsed.problem is not None or parsed.requests or (parsed.submission is not None and parsed.complete)
    parse_without_form(Reply(text="".join(pieces)))


def test_a_huge_reply_of_marks_is_read_in_little_time() -> None:
    for text in (
        "<description>" * 20_000,
        "```python\n" * 30_000,
        "<think>" * 40_000,
        "`" * 300_000,
        "<code>" * 50_000,
    ):
        said(text, "length")


def test_letters_that_grow_in_lower_case_shift_nothing() -> None:
    """The lower case of \u0130 is two characters: places in a lowered text are not places in the text."""
    text = SUBMISSION.replace("twice x", "\u0130" * 30 + " twice x").replace("</code>", "</CODE>")
    parsed = said("\u0130" * 50 + f"\n{text}\nGoodbye.")
    assert parsed.submission == WHOLE.model_copy(update={"description": "\u0130" * 30 + " twice x"})


def test_a_block_loses_the_indentation_that_its_lines_share() -> None:
    assert codes(said("```python\n \tif a:\n \t\tb\n \n \tc\n```")) == ["if a:\n\tb\n\nc"]
    assert codes(said("```python\n\ta\n  b\n```")) == ["\ta\n  b"]


def test_a_tools_name_is_cut_in_what_the_model_is_told() -> None:
    call = ToolCall(id="1", name="submit" * 1000, arguments="{}")
    assert len(parse_reply(Reply(tool_calls=(call,))).detail) < 200
