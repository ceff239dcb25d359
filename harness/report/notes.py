"""Notes of a transcript in a line: who speaks and how it ended, which tools are called, what the harness remarked."""

from __future__ import annotations

from findbench.harness.report.sanitise import clean_line
from findbench.harness.schema.notes import CustomNote, HypothesisNote, MessageNote, Note

_ENDS = {"length": "cut at the limit of its length", "content_filter": "withheld by a content filter"}
_IMPLIED = frozenset({"why", "what"})
"""Fields that say no more than the note's kind does."""


def speaker(message: MessageNote) -> str:
    """The role, and how the reply ended if not by itself."""
    role = clean_line(message.role, limit=20)
    end = _ENDS.get(message.finish)
    return f"{role}, {end}" if end else role


def calls(message: MessageNote) -> list[str]:
    """The tool calls of a message, as the model wrote them."""
    return [clean_line(f"{call.name}({call.arguments})") for call in message.tool_calls]


def remark(note: Note) -> str:
    """Any other note: its kind and what it holds."""
    if isinstance(note, CustomNote):
        kind, held = note.kind, note.data
    elif isinstance(note, HypothesisNote):
        kind, held = note.type, {note.type: note.hypothesis, **note.figures}
    else:
        kind, held = note.type, note.model_dump(exclude={"type"})
    facts = [clean_line(str(value) if key in _IMPLIED | {kind} else f"{key} {value}") for key, value in held.items()]
    return f"[{clean_line(kind, limit=40)}] {', '.join(facts)}".rstrip()
