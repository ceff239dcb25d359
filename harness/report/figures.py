"""Which numbers of a score stand in tables: the only place of the report that knows what a score looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findbench.harness.scoring.judges.table import JUDGES

if TYPE_CHECKING:
    from findbench.harness.schema.records import EpisodeRecord

_FIGURES = {
    "pass": "pass",
    "global": "global",
    "local": "local",
    "find_nmse": "FIND",
    "find_match": "FIND",
    "auc": "AUC",
    "description": "descr.",
}


def headings() -> dict[str, str]:
    """Figure -> heading, in the order of the table: those of every score, then the judges that ask a model.

    All are shares between 0 and 1; docs/scoring.md defines them.
    """
    return _FIGURES | {name: entry.heading for name, entry in JUDGES.items()}


def figures(record: EpisodeRecord) -> dict[str, float]:
    """The figures of one episode: {} for an infrastructure error; those its category does not have are absent.

    So are numbers of judges that are not in the table: of a judge that was taken out of it.
    """
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
    }
    found |= {name: score.judged[name].share for name in JUDGES if name in score.judged}
    return {name: float(value) for name, value in found.items() if value is not None}


def headline(record: EpisodeRecord) -> float | None:
    """The one number that a live view shows: `pass` where the category has it, else the description's score."""
    found = figures(record)
    return next((found[name] for name in ("pass", "description", "global") if name in found), None)
