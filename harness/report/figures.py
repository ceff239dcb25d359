"""Which numbers of a score stand in tables: the only place of the report that knows what a score looks like."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import TYPE_CHECKING

from findbench.harness.scoring.judges.table import JUDGES

if TYPE_CHECKING:
    from findbench.harness.schema.records import EpisodeRecord

_FIGURES = {
    "pass": "pass",
    "global": "global",
    "local": "local",
    "beyond": "beyond",
    "edge": "edge",
    "find_nmse": "NMSE <0.1",
    "find_match": "exact match",
    "auc": "AUC",
}
PRIMARY = ("pass", "auc")
"""A category's primary figure is the first of these that it has."""
NOTES = {
    "find_nmse": "NMSE <0.1: share of functions with FIND's success, on our functions and not on FIND's.",
    "find_match": "Exact match: FIND's figure for texts, on our functions and not on FIND's.",
}
"""What a legend says of a figure whose heading does not explain it."""


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
        "beyond": score.beyond,
        "edge": score.edge,
        "find_nmse": score.find_nmse,
        "find_match": score.find_match,
        "auc": score.auc,
    }
    found |= {name: score.judged[name].share for name in JUDGES if name in score.judged}
    return {name: float(value) for name, value in found.items() if value is not None}


def values_by_function(records: Iterable[EpisodeRecord]) -> dict[str, dict[str, list[float]]]:
    """Function -> figure -> its values, one for each scored repeat."""
    found: dict[str, dict[str, list[float]]] = {}
    for record in records:
        for figure, value in figures(record).items():
            found.setdefault(record.function, {}).setdefault(figure, []).append(value)
    return found


def means_by_function(records: Iterable[EpisodeRecord]) -> dict[str, dict[str, float]]:
    """Function -> figure -> mean over its scored repeats."""
    return {
        function: {figure: fmean(values) for figure, values in found.items()}
        for function, found in values_by_function(records).items()
    }


def headline(record: EpisodeRecord) -> float | None:
    """The one number that a live view shows: `pass` where the category has it, else the first that it has."""
    found = figures(record)
    return next((found[name] for name in ("pass", "auc", "global") if name in found), None)
