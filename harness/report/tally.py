"""From records to rows: per category and variant, means over functions with intervals, and what it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from findbench.functions.categories import in_order
from findbench.harness.errors import RecordError
from findbench.harness.report.briefs import extras
from findbench.harness.report.figures import headings, means_by_function
from findbench.harness.report.repeats import Reliability, reliability, spread
from findbench.harness.report.stats import Estimate, estimate
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.harness.records import Run
    from findbench.harness.schema.calibration import Calibration
    from findbench.harness.schema.records import EpisodeRecord

VARIANTS = ("clean", "noise", "corruption", "approximation", "composition", "sub-domain")
"""Order of the rows of a category, after `all`; other labels follow by name."""


@dataclass(frozen=True)
class Row:
    """One category and variant of one run."""

    category: str
    variant: str
    functions: int
    """Functions with at least one scored episode."""
    episodes: int
    """Scored episodes."""
    figures: dict[str, Estimate]
    """Figure -> mean over functions (repeats of a function are averaged first), which is the expected score of one
    episode; absent where no function has it."""
    reliability: Reliability | None
    """How many functions passed in all repeats, and in at least one; None without repeats or without `pass`."""
    spread: dict[str, float]
    """Figure -> standard deviation of the run's mean between repeats of the whole run; empty without repeats."""
    no_answer: int
    failed: int
    """Episodes without an answer because the model or the interpreter failed."""
    infrastructure: int
    """Episodes that ended in an infrastructure error: not scored, and not counted in `episodes`."""
    queries: float
    """Mean per episode."""
    experiments: float
    """Mean per episode."""
    tokens: int
    """Sum."""
    cost: float | None


@dataclass(frozen=True)
class Tally:
    """All rows of one run, and what a reader must know beside them."""

    run: Run
    records: list[EpisodeRecord]
    rows: list[Row]
    judges: list[Calibration]
    """What the judges of descriptions gave to known texts; empty until `findbench score` or a judge of `run`."""
    problems: list[RecordError]
    """One for each file of the run that cannot be read and is not counted."""

    @classmethod
    def of(cls, run: Run) -> Tally:
        """Read a run's records and calibrations."""
        records, problems = run.read()
        judges: list[Calibration] = []
        try:
            judges = run.calibrations()
        except RecordError as problem:
            problems.append(problem)
        rows = []
        repeats = run.config.repeats
        groups: dict[str, list[EpisodeRecord]] = defaultdict(list)
        for record in records:
            groups[record.category].append(record)
        for category in in_order(groups):
            of_category = groups[category]
            rows.append(_row(category, "all", of_category, repeats))
            tags = {tag for record in of_category for tag in record.tags}
            for tag in sorted(tags, key=lambda tag: (VARIANTS.index(tag) if tag in VARIANTS else len(VARIANTS), tag)):
                rows.append(_row(category, tag, [record for record in of_category if tag in record.tags], repeats))
        return cls(run, records, rows, judges, problems)

    @property
    def total(self) -> int:
        """Episodes that the run's configuration asks for."""
        return len(self.run.keys)

    @property
    def unfinished(self) -> int:
        """Episodes without a record that can be read."""
        return self.total - len(self.records)

    @property
    def summary(self) -> str:
        """One line of counts."""
        scored = [record for record in self.records if record.status != "infrastructure_error"]
        functions = len({record.function for record in scored})
        parts = [
            counted(functions, "function"),
            counted(len(scored), "episode"),
            f"{sum(_unanswered(record) for record in scored)} without an answer",
            counted(len(self.records) - len(scored), "infrastructure error"),
            counted(sum(record.queries for record in scored), "query", "queries"),
            counted(sum(len(record.experiments) for record in scored), "experiment"),
        ]
        if tokens := sum(record.usage.tokens for record in self.records):
            parts.append(counted(tokens, "token"))
        costs = [record.usage.cost for record in self.records if record.usage.cost is not None]
        if costs:
            parts.append(f"${sum(costs):.2f}")
        if held := extras(self.run.info):
            parts.append(f"briefs with {held}")
        if self.unfinished:
            parts.append(f"{self.unfinished} of {self.total} not run yet")
        return ", ".join(parts)


def _row(category: str, variant: str, records: Sequence[EpisodeRecord], repeats: int) -> Row:
    scored = [record for record in records if record.status != "infrastructure_error"]
    by_function = means_by_function(scored)
    estimates = {}
    for name in headings():
        values = [found[name] for found in by_function.values() if name in found]
        if (found_estimate := estimate(values)) is not None:
            estimates[name] = found_estimate
    costs = [record.usage.cost for record in records if record.usage.cost is not None]
    return Row(
        category=category,
        variant=variant,
        functions=len({record.function for record in scored}),
        episodes=len(scored),
        figures=estimates,
        reliability=reliability(scored, repeats),
        spread=spread(scored),
        no_answer=sum(_unanswered(record) for record in scored),
        failed=sum(record.status in ("model_error", "interpreter_error") for record in scored),
        infrastructure=len(records) - len(scored),
        queries=fmean(record.queries for record in scored) if scored else 0.0,
        experiments=fmean(len(record.experiments) for record in scored) if scored else 0.0,
        tokens=sum(record.usage.tokens for record in records),
        cost=sum(costs) if costs else None,
    )


def _unanswered(record: EpisodeRecord) -> bool:
    return record.status != "finished"
