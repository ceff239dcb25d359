"""Notes of real models in a line: how a reply ended, what it called, what the harness remarked; nothing unsafe."""

from findbench.harness.report.notes import calls, remark, speaker
from findbench.harness.schema.notes import (
    CustomNote,
    HypothesisNote,
    MessageNote,
    ProtocolNote,
    ReminderNote,
    ToolCall,
    TrimmedNote,
)


def test_the_speaker_line_tells_how_a_reply_ended() -> None:
    assert speaker(MessageNote(role="assistant", content="")) == "assistant"
    cut = MessageNote(role="assistant", content="", finish="length")
    assert speaker(cut) == "assistant, cut at the limit of its length"
    withheld = MessageNote(role="assistant", content="", finish="content_filter")
    assert speaker(withheld) == "assistant, withheld by a content filter"
    assert speaker(MessageNote(role="a\x1b[31m\nb", content="")) == "a\\x1b[31m b"


def test_tool_calls_are_shown_as_they_were_written() -> None:
    def message(*written: ToolCall) -> MessageNote:
        return MessageNote(role="assistant", content="", tool_calls=written)

    assert calls(message(ToolCall(id="1", name="submit", arguments='{"code": \n'))) == ['submit({"code": )']
    assert calls(message()) == []
    assert len(calls(message(ToolCall(id="1", name="x", arguments="9" * 10_000)))[0]) <= 200


def test_a_remark_says_nothing_twice() -> None:
    assert remark(ReminderNote(why="format")) == "[reminder] format"
    assert remark(TrimmedNote(what="outputs of 3 replies")) == "[trimmed] outputs of 3 replies"
    told = remark(ProtocolNote(protocol="text", prompts="abc", code=True))
    assert told == "[protocol] text, prompts abc, code True"
    assert remark(HypothesisNote(hypothesis="linear", figures={"error": 0.5})) == "[hypothesis] linear, error 0.5"
    assert remark(CustomNote(kind="odd\u202e")) == "[odd\\u202e]"
