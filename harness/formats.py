"""Versions of the files in a run directory: which are read, and how one of an older version becomes today's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from findbench.harness.schema.notes import (
    ForcedNote,
    MessageNote,
    ProtocolNote,
    ReminderNote,
    RetryNote,
    TrimmedNote,
    UsageNote,
)
from findbench.harness.schema.records import EpisodeRecord, RunInfo

if TYPE_CHECKING:
    from findbench.harness.schema.base import Data

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


_RETIRED = ("description",)
"""Fields that scores had: the number of a judge that compared words, which a negated truth got too."""
_JUDGES_OF_FORMAT_1 = ("unit_test", "prediction")
"""In format 1 a score had the judge's number under its name, and the model's name under `<name>_model`."""


class UnknownFormat(ValueError):  # noqa: N818 - no error of the file's: it is of another version
    """The file is of a version that is not read."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"format {found}, not {known}")


def todays_run(content: Any) -> Any:
    """The content of `run.json`, in today's form. Raises UnknownFormat.

    A run of format 1 has no secret: its seeds derived from the seed in its configuration.
    """
    known = RunInfo.model_fields["format"].default
    if isinstance(content, dict) and content.get("format") == 1:
        return content | {"format": known}
    _check(content, known)
    return content


def todays_record(content: Any) -> Any:
    """The content of a record's file, in today's form. Raises UnknownFormat."""
    known = EpisodeRecord.model_fields["format"].default
    if not isinstance(content, dict):
        return content
    score, transcript = content.get("score"), content.get("transcript")
    if isinstance(score, dict):
        content = content | {"score": {field: value for field, value in score.items() if field not in _RETIRED}}
    if content.get("format") != 1:
        _check(content, known)
        return content
    upgraded = [_upgrade_event(event) for event in transcript] if isinstance(transcript, list) else transcript
    return content | {"format": known, "transcript": upgraded, "score": _upgrade_score(content.get("score"))}


def _check(content: Any, known: int) -> None:
    """What is no format at all is left to validation: the file is corrupt."""
    found = content.get("format", known) if isinstance(content, dict) else known
    if isinstance(found, int) and found != known:
        raise UnknownFormat(found, known)


def _upgrade_score(score: Any) -> Any:
    """The score in today's form."""
    if not isinstance(score, dict):
        return score
    old = {field for name in _JUDGES_OF_FORMAT_1 for field in (name, f"{name}_model")}
    judged = {
        name: {"share": score[name], "model": score.get(f"{name}_model")}
        for name in _JUDGES_OF_FORMAT_1
        if score.get(name) is not None
    }
    return {field: value for field, value in score.items() if field not in old} | {"judged": judged}


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
