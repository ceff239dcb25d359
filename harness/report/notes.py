"""Notes of a transcript in a line: who speaks and how it ended, which tools are called, what the harness remarked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from findbench.harness.report.sanitise import clean_line
from findbench.harness.schema import Note

_ENDS = {"length": "cut at the limit of its length", "content_filter": "withheld by a content filter"}
_IMPLIED = frozenset({"why", "what"})
"""Keys that say no more than the note's kind does."""


def speaker(message: Mapping[str, Any]) -> str:
    """The role, and how the reply ended if not by itself."""
    role = clean_line(str(message.get("role", "model")), limit=20)
    end = _ENDS.get(str(message.get("finish")))
    return f"{role}, {end}" if end else role


def calls(message: Mapping[str, Any]) -> list[str]:
    """The tool calls of a message, as the model wrote them."""
    found = message.get("tool_calls")
    return [
        clean_line(f"{call.get('name', '')}({call.get('arguments', '')})")
        for call in (found if isinstance(found, (list, tuple)) else ())
        if isinstance(call, Mapping)
    ]


def remark(note: Note) -> str:
    """Any other note: its kind and what it holds."""
    facts = [
        clean_line(str(value) if key in _IMPLIED | {note.kind} else f"{key} {value}")
        for key, value in note.data.items()
    ]
    return f"[{clean_line(note.kind, limit=40)}] {', '.join(facts)}".rstrip()
