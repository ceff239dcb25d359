"""Versions of the files in a run directory: which are read, and how a record of an older one becomes today's."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from findbench.harness.schema.base import Data
from findbench.harness.schema.notes import (
    ForcedNote,
    MessageNote,
    ProtocolNote,
    ReminderNote,
    RetryNote,
    TrimmedNote,
    UsageNote,
)

RUN_FORMAT: Final[Literal[1]] = 1
RECORD_FORMAT: Final[Literal[2]] = 2
UNKNOWN_FORMAT = "unknown_format"
"""Type of the validation error of a file whose format is not read."""

_NOTES_OF_FORMAT_1: dict[str, type[Data]] = {
    "forced": ForcedNote,
    "message": MessageNote,
    "protocol": ProtocolNote,
    "reminder": ReminderNote,
    "retry": RetryNote,
    "trimmed": TrimmedNote,
    "usage": UsageNote,
}
"""Kind of a note in format 1, where each was `{type: "note", kind, data}` -> its type today."""


def known_format(data: Any, known: int) -> Any:
    """`data`, the content of a file. Raises PydanticCustomError when it states another format than `known`."""
    if isinstance(data, dict) and isinstance(found := data.get("format", known), int) and found != known:
        raise PydanticCustomError(UNKNOWN_FORMAT, "format {found}, not {known}", {"found": found, "known": known})
    return data


def upgrade_record(data: Any) -> Any:
    """The content of a record in today's format. Raises PydanticCustomError when it is of a format that is not read."""
    if not isinstance(data, dict) or data.get("format") != 1:
        return known_format(data, RECORD_FORMAT)
    transcript = data.get("transcript", ())
    upgraded = [_upgrade_event(event) for event in transcript] if isinstance(transcript, list) else transcript
    return data | {"format": RECORD_FORMAT, "transcript": upgraded}


def _upgrade_event(event: Any) -> Any:
    """The event in today's form. A note that does not fit the type of its kind stays what it is: a custom note."""
    if not isinstance(event, dict) or event.get("type") != "note" or not isinstance(event.get("data"), dict):
        return event
    data = event["data"]
    if event.get("kind") == "usage":
        counts = {("calls" if key == "requests" else key): value for key, value in data.items() if value is not None}
        data = {"seconds": counts.pop("seconds", 0.0), "usage": {"calls": 1} | counts}
    kind = _NOTES_OF_FORMAT_1.get(str(event.get("kind")))
    if kind is None:
        return event
    try:
        return kind.model_validate(data)
    except ValidationError:
        return event
