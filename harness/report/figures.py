"""Which numbers of a score stand in tables: the only place of the report that knows what a score looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from findbench.harness.schema.records import EpisodeRecord

FIGURES = {
    "pass": "pass",
    "global": "global",
    "local": "local",
    "find_nmse": "FIND",
    "find_match": "FIND",
    "auc": "AUC",
    "description": "descr.",
    "unit_test": "unit test",
    "prediction": "predicted",
}
"""Figure -> heading, in the order of the table. All are shares between 0 and 1; docs/scoring.md defines them."""


def figures(record: EpisodeRecord) -> dict[str, float]:
    """The figures of one episode: {} for an infrastructure error; those its category does not have are absent."""
    score = record.score
    if record.status == "infrastructure_error" or score is None:
        return {}
    found = {
        "pass": score.pass_,
        "global": score.global_,
        "local": score.local,
        "find_nmse": score.find_nmse,
        "find_match": score.find_match,
        "auc": score.auc,
        "description": score.description,
        "unit_test": score.unit_test,
        "prediction": score.prediction,
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def headline(record: EpisodeRecord) -> float | None:
    """The one number that a live view shows: `pass` where the category has it, else the description's score."""
    found = figures(record)
    return next((found[name] for name in ("pass", "description", "global") if name in found), None)
