"""Score against budget: an interpreter's runs with different budgets as one line, and its area above the memoriser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from findbench.functions.categories import in_order
from findbench.harness.report.figures import PRIMARY, headings, means_by_function
from findbench.harness.report.labels import unique_suffixes
from findbench.harness.report.sanitise import clean_line
from findbench.harness.report.stats import Estimate, estimate
from findbench.harness.series import BUDGETS, home

if TYPE_CHECKING:
    from findbench.harness.report.tally import Row, Tally

FRAME = "memoriser"
"""The interpreter above which the area is measured: what a table of queried points scores without any hypothesis."""
WHOLE = "all"
"""The variant that holds a category's functions of every variant."""


@dataclass(frozen=True)
class Line:
    """Runs that differ in their budget alone."""

    label: str
    tallies: tuple[Tally, ...]

    @property
    def interpreter(self) -> str:
        """Its name."""
        return self.tallies[0].run.config.interpreter

    def at(self, category: str) -> dict[int, Tally]:
        """Budget -> the run that has it in this category, the smallest first."""
        found = {budget: tally for tally in self.tallies if (budget := budget_of(tally, category)) is not None}
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Area:
    """Mean over BUDGETS of `pass` minus the memoriser's `pass`, per function; over functions a mean and an interval."""

    estimate: Estimate | None
    reason: str = ""
    """Why there is none."""


@dataclass(frozen=True)
class SectionRow:
    """One variant of a category in one line's runs."""

    variant: str
    line: Line
    points: Mapping[int, Estimate]
    """Budget -> the category's figure."""
    area: Area

    @property
    def functions(self) -> str:
        """How many functions have the figure; `7–8` where that differs between the budgets."""
        counts = sorted({point.n for point in self.points.values()})
        return "–".join(map(str, (counts[0], counts[-1])[: len(counts)]))


@dataclass(frozen=True)
class Section:
    """One category: what each line scores at each budget."""

    category: str
    figure: str
    rows: tuple[SectionRow, ...]
    """Variant by variant, the lines side by side; `all` first."""

    @property
    def title(self) -> str:
        """Such as `numeric: pass against budget`."""
        return f"{self.category}: {headings()[self.figure]} against budget"

    @property
    def budgets(self) -> list[int]:
        """All that occur, ascending."""
        return sorted({budget for row in self.rows for budget in row.points})

    @property
    def of_all(self) -> list[SectionRow]:
        """The rows of the whole category, one for each line."""
        return [row for row in self.rows if row.variant == WHOLE]

    @property
    def has_area(self) -> bool:
        """One of the rows has an area."""
        return any(row.area.estimate for row in self.rows)

    @property
    def has_several(self) -> bool:
        """A line has more than one budget: only then is there something to see against it."""
        return any(len(row.points) > 1 for row in self.rows)


def sections(tallies: Sequence[Tally]) -> list[Section]:
    """What there is to say of each category."""
    found = lines(tallies)
    names = in_order(row.category for tally in tallies for row in tally.rows)
    made = (_section(name, found) for name in names)
    return [section for section in made if section is not None]


def lines(tallies: Sequence[Tally]) -> list[Line]:
    """The runs in groups: equal configuration but for the budget, and in one directory.

    Two runs of a group with one budget are of two lines.
    """
    groups: list[tuple[str, list[Tally]]] = []
    for tally in tallies:
        config = tally.run.config.model_dump(mode="json", exclude={"budget"})
        key = json.dumps([str(tally.run.path.resolve().parent), config], sort_keys=True)
        for other, members in groups:
            if other == key and tally.run.config.budget not in {each.run.config.budget for each in members}:
                members.append(tally)
                break
        else:
            groups.append((key, [tally]))
    return [Line(label, tuple(group)) for label, (_, group) in zip(_labels(groups), groups, strict=True)]


def _labels(groups: Sequence[tuple[str, Sequence[Tally]]]) -> list[str]:
    """Interpreter and model, or, where these are ambiguous, the end of the path of the run or of the series."""
    firsts = [group[0].run for _, group in groups]
    told = [clean_line(f"{run.config.interpreter} {run.config.model or ''}", limit=40) for run in firsts]
    homes = [home(run.path.resolve()) for run in firsts]
    paths = homes if len(set(homes)) == len(homes) else [run.path.resolve() for run in firsts]
    ends = [clean_line(end) for end in unique_suffixes(paths)]
    return [end if told.count(label) > 1 else label for label, end in zip(told, ends, strict=True)]


def budget_of(tally: Tally, category: str) -> int | None:
    """Queries that the episodes of this category might make; None when the run has none of them."""
    record = next((record for record in tally.records if record.category == category), None)
    if record is None:
        return None
    return tally.run.config.budget if record.budget is None else record.budget


def _section(category: str, found: Sequence[Line]) -> Section | None:
    at = [(line, line.at(category)) for line in found]
    rows = [row for _, runs in at for tally in runs.values() for row in tally.rows if row.category == category]
    figure = next((name for name in PRIMARY if any(name in row.figures for row in rows)), None)
    if figure is None:
        return None
    made = []
    for variant in dict.fromkeys(row.variant for row in rows):
        for line, runs in at:
            points = {
                budget: row.figures[figure]
                for budget, tally in runs.items()
                if (row := _row_of(tally, category, variant)) and figure in row.figures
            }
            if points:
                above = (
                    _area(line, found, category, variant)
                    if figure == "pass"
                    else Area(None, "the category has no pass")
                )
                made.append(SectionRow(variant, line, points, above))
    return Section(category, figure, tuple(made))


def _row_of(tally: Tally, category: str, variant: str) -> Row | None:
    return next((row for row in tally.rows if (row.category, row.variant) == (category, variant)), None)


def _area(line: Line, others: Sequence[Line], category: str, variant: str) -> Area:
    """The area of `line` above the memoriser that is among `others`, over the functions of one variant."""
    if line.interpreter == FRAME:
        return Area(None, f"the {FRAME} is what the others are measured against")
    ours = line.at(category)
    if missing := [budget for budget in BUDGETS if budget not in ours]:
        return Area(None, f"it needs runs with {_listed(BUDGETS)} queries; there is none with {_listed(missing)}")
    frames = [other.at(category) for other in others if other.interpreter == FRAME]
    whole = [runs for runs in frames if all(budget in runs for budget in BUDGETS)]
    if not whole:
        what = f"has only {_listed(list(frames[0]))}" if frames else "is not among these runs"
        return Area(None, f"it needs the {FRAME} with the same budgets, which {what}")
    for theirs in whole:
        passed, frame = ([_passed(runs[budget], category, variant) for budget in BUDGETS] for runs in (ours, theirs))
        same_suite = len({run.run.config.suite_checksum for runs in (ours, theirs) for run in runs.values()}) == 1
        if same_suite and all(each.keys() == passed[0].keys() for each in (*passed, *frame)):
            differences = area_above(passed, frame)
            return Area(estimate(differences, ends=(-1.0, 1.0)))
    return Area(None, f"not every function has a score at every budget, here and in the runs of the {FRAME}")


def area_above(passed: Sequence[Mapping[str, float]], frame: Sequence[Mapping[str, float]]) -> list[float]:
    """Per function, in the order of ids: the mean over budgets of `pass` minus the frame's.

    Both: for each budget, function -> the share of its repeats that passed; the functions are the same everywhere.
    """
    pairs = list(zip(passed, frame, strict=True))
    return [fmean(ours[id_] - theirs[id_] for ours, theirs in pairs) for id_ in sorted(passed[0])]


def _passed(tally: Tally, category: str, variant: str) -> dict[str, float]:
    """Function -> the share of its repeats that passed."""
    records = [
        record
        for record in tally.records
        if record.category == category and (variant in record.tags or variant == WHOLE)
    ]
    return {id_: found["pass"] for id_, found in means_by_function(records).items() if "pass" in found}


def _listed(budgets: Sequence[int]) -> str:
    *first, last = map(str, budgets)
    return f"{', '.join(first)} and {last}" if first else last


def as_data(tallies: Sequence[Tally]) -> list[dict[str, Any]]:
    """What `report --json` adds to each run: its budgets, and the area of the line that it belongs to.

    Each is a dict by category; an area is an estimate or a `reason` why there is none.
    """
    found = sections(tallies)
    added = []
    for tally in tallies:
        areas = {
            section.category: asdict(row.area.estimate) if row.area.estimate else {"reason": row.area.reason}
            for section in found
            for row in section.of_all
            if any(tally is each for each in row.line.tallies)
        }
        budgets = {section.category: budget_of(tally, section.category) for section in found}
        added.append(
            {
                "budgets": {category: budget for category, budget in budgets.items() if budget is not None},
                "area_above_memoriser": areas,
            }
        )
    return added
