"""What repeated episodes on the same functions tell: how reliably each is passed, and how much a run's mean varies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, variance
from typing import TYPE_CHECKING

from findbench.harness.report.figures import headings, values_by_function
from findbench.harness.report.stats import Estimate, estimate

if TYPE_CHECKING:
    from findbench.harness.schema.records import EpisodeRecord


@dataclass(frozen=True)
class Reliability:
    """Shares of the functions whose repeats are all scored, with intervals over functions."""

    repeats: int
    """k: repeats of each function."""
    all_pass: Estimate
    """Share of functions passed in all k repeats: pass^k (Yao et al. 2024, arXiv 2406.12045)."""
    any_pass: Estimate
    """Share of functions passed in at least one of k repeats: pass@k (Chen et al. 2021, arXiv 2107.03374)."""


def reliability(records: Iterable[EpisodeRecord], repeats: int) -> Reliability | None:
    """None without repeats, and where no function has `pass` in all of them."""
    found = [values.get("pass", ()) for values in values_by_function(records).values()]
    whole = [values for values in found if len(values) == repeats]
    all_pass = estimate([min(values) for values in whole])
    any_pass = estimate([max(values) for values in whole])
    if repeats < 2 or all_pass is None or any_pass is None:
        return None
    return Reliability(repeats, all_pass, any_pass)


def spread(records: Iterable[EpisodeRecord]) -> dict[str, float]:
    """Figure -> standard deviation of a run's mean between repeats of the whole run; absent without repeats.

    With F functions it is the root of (mean over functions of the variance between their repeats) / F. The functions
    are the same in each repeat, so that their differences do not count.
    """
    by_function = values_by_function(records).values()
    found = {}
    for name in headings():
        values = [each[name] for each in by_function if name in each]
        variances = [variance(repeats) for repeats in values if len(repeats) > 1]
        if variances:
            found[name] = (fmean(variances) / len(values)) ** 0.5
    return found
