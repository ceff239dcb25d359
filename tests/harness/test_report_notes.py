"""Notes of real models in a line: how a reply ended, what it called, what the harness remarked; nothing unsafe."""

from findbench.harness.report.notes import calls, remark, speaker
from findbench.harness.schema import Note


def test_the_speaker_line_tells_how_a_reply_ended() -> None:
    assert speaker({"role": "assistant"}) == "assistant"
    assert speaker({"role": "assistant", "finish": "length"}) == "assistant, cut at the limit of its length"
    assert speaker({"role": "assistant", "finish": "content_filter"}) == "assistant, withheld by a content filter"
    assert speaker({"role": "a\x1b[31m\nb", "finish": ["odd"]}) == "a\\x1b[31m b"


def test_tool_calls_are_shown_as_they_were_written() -> None:
    written = {"tool_calls": [{"id": "1", "name": "submit", "arguments": '{"code": \n'}, "odd"]}
    assert calls(written) == ['submit({"code": )']
    assert calls({}) == calls({"tool_calls": "odd"}) == []
    assert len(calls({"tool_calls": [{"name": "x", "arguments": "9" * 10_000}]})[0]) <= 200


def test_a_remark_says_nothing_twice() -> None:
    assert remark(Note(kind="reminder", data={"why": "format"})) == "[reminder] format"
    assert remark(Note(kind="trimmed", data={"what": "outputs of 3 replies"})) == "[trimmed] outputs of 3 replies"
    told = remark(Note(kind="protocol", data={"protocol": "text", "code": True}))
    assert told == "[protocol] text, code True"
    assert remark(Note(kind="odd\u202e", data={})) == "[odd\\u202e]"
