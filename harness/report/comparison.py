"""Two runs, function by function: how much better is the second, and is that more than chance would give?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from findbench.functions.categories import in_order
from findbench.harness.errors import UsageError
from findbench.harness.report.figures import PRIMARY, headings, means_by_function
from findbench.harness.report.significance import LEVEL, detectable, holm, mcnemar, sign_flip
from findbench.harness.report.stats import Estimate, estimate

if TYPE_CHECKING:
    from findbench.harness.report.tally import Tally

ALL = "all"
"""In place of a category: all of them together."""
FEWEST_PAIRS = 12
"""Pairs below which there is no verdict: with fewer, the tests see only differences that need none."""
COMPARED_SETTINGS = ("prior", "rounds", "repeats")
"""Settings of a run, besides the budget, that change its scores, whatever the interpreter is."""

Means = Mapping[str, Mapping[str, float]]
"""Function -> figure -> mean over its repeats."""


@dataclass(frozen=True)
class Difference:
    """One figure of one category (or ALL): second run minus first, over the functions that both have scored."""

    category: str
    figure: str
    first: float
    second: float
    difference: Estimate
    better: int
    """Functions on which the second run is better."""
    worse: int
    test: Literal["McNemar", "sign-flip"]
    p: float
    """Of this line alone, two-sided."""
    adjusted: float | None = None
    """p after Holm's correction for all lines with a verdict; None below FEWEST_PAIRS, where there is no verdict."""
    detectable: float | None = None
    """The smallest true difference that such a comparison shows in four of five cases; None if it shows none."""

    @property
    def winner(self) -> Literal["first", "second"] | None:
        """The better run, where the difference is significant after Holm's correction; else None."""
        if self.adjusted is None or self.adjusted > LEVEL:
            return None
        return "second" if self.difference.mean > 0 else "first"

    @property
    def verdict(self) -> str:
        """The same in words, with differences in points of per cent."""
        if self.adjusted is None:
            return "too few pairs for a verdict"
        if self.winner is not None:
            p = "< 0.001" if self.adjusted < 0.001 else f"= {self.adjusted:.2g}"
            return f"{self.winner} better (p {p} after Holm)"
        if self.detectable is None:
            return "no difference seen (too few pairs to see any)"
        points = 100 * self.detectable
        return f"no difference seen (could have seen {points:.{0 if points >= 10 else 1}f})"


@dataclass(frozen=True)
class Comparison:
    """Two runs on one suite, paired by function (repeats of a function are averaged first)."""

    first: Tally
    second: Tally
    differences: tuple[Difference, ...]
    paired: int
    """Functions that both runs have scored."""
    unpaired: int
    """Functions that only one of them has scored."""

    @classmethod
    def of(cls, first: Tally, second: Tally) -> Comparison:
        """Pair two runs. Raises UsageError when they are on different suites or have no function in common."""
        if first.run.config.suite_checksum != second.run.config.suite_checksum:
            raise UsageError(
                f"{first.run.path} and {second.run.path} are on different suites: only runs of the same functions can "
                "be paired"
            )
        ours, theirs = means_by_function(first.records), means_by_function(second.records)
        paired = ours.keys() & theirs.keys()
        if not paired:
            raise UsageError(
                f"{first.run.path} and {second.run.path} have no scored function in common: nothing can be paired"
            )
        return cls(first, second, differences(ours, theirs), len(paired), len(ours.keys() ^ theirs.keys()))

    @property
    def primary(self) -> Difference | None:
        """The line that decides: `pass` of all functions that have it, else AUC; None without either."""
        last = {each.figure: each for each in self.differences}  # that of ALL where there is one
        return next((last[name] for name in PRIMARY if name in last), None)

    @property
    def judged(self) -> int:
        """Lines with enough pairs for a verdict."""
        return sum(each.adjusted is not None for each in self.differences)

    @property
    def one_secret(self) -> bool | None:
        """Whether noise and held-out inputs of a function were equal in both runs (repeats too); None: not known."""
        secrets = self.first.run.info.secret, self.second.run.info.secret
        return None if None in secrets else secrets[0] == secrets[1]

    @property
    def settings(self) -> str | None:
        """One line about settings that differ and change the scores; None when there are none."""
        configs = [tally.run.config.model_dump() for tally in (self.first, self.second)]
        told = [
            f"{name} ({configs[0][name]} and {configs[1][name]})"
            for name in COMPARED_SETTINGS
            if configs[0][name] != configs[1][name]
        ]
        budgets = _budgets(self.first), _budgets(self.second)
        paired = budgets[0].keys() & budgets[1].keys()
        if any(budgets[0][id_] != budgets[1][id_] for id_ in paired):
            sides = [", ".join(map(str, sorted({each[id_] for id_ in paired}))) for each in budgets]
            told.insert(0, f"budget ({' and '.join(sides)})")
        return f"the runs differ in {', '.join(told)}: differences may come from that" if told else None

    def as_data(self) -> dict[str, Any]:
        """What `compare --json` prints."""
        primary = self.primary
        return {
            "one_secret": self.one_secret,
            "paired": self.paired,
            "unpaired": self.unpaired,
            "settings": self.settings,
            "primary": {"category": primary.category, "figure": primary.figure} if primary else None,
            "differences": [
                asdict(each) | {"winner": each.winner, "verdict": each.verdict} for each in self.differences
            ],
        }


def _budgets(tally: Tally) -> dict[str, int]:
    """Queries of each function's episodes; runs of findbench 0.1 have them in their configuration alone."""
    general = tally.run.config.budget
    found = {record.function: general if record.budget is None else record.budget for record in tally.records}
    return {id_: budget for id_, budget in found.items() if budget is not None}


def differences(ours: Means, theirs: Means) -> tuple[Difference, ...]:
    """Every figure of every category, and of all of them where there are several: second minus first, tested.

    The last lines are those of ALL. It leaves out the figures of a single category, which would stand there twice.
    """
    both = sorted(ours.keys() & theirs.keys())
    groups = {
        name: [id_ for id_ in both if id_.startswith(f"{name}/")]
        for name in in_order(id_.partition("/")[0] for id_ in both)
    }
    lines = [_line(name, figure, pairs) for name, ids in groups.items() for figure, pairs in _pairs(ours, theirs, ids)]
    if len(groups) > 1:
        figures = [line[0].figure for line in lines]
        lines += [
            _line(ALL, figure, pairs) for figure, pairs in _pairs(ours, theirs, both) if figures.count(figure) > 1
        ]
    return tuple(_judged(lines))


Pairs = Sequence[tuple[float, float]]


def _pairs(ours: Means, theirs: Means, ids: Sequence[str]) -> list[tuple[str, Pairs]]:
    """Each figure with its values in both runs, one pair per function that has it in both."""
    found = [
        (
            figure,
            [
                (ours[id_][figure], theirs[id_][figure])
                for id_ in ids
                if figure in ours[id_].keys() & theirs[id_].keys()
            ],
        )
        for figure in headings()
    ]
    return [(figure, pairs) for figure, pairs in found if pairs]


def _line(category: str, figure: str, pairs: Pairs) -> tuple[Difference, Sequence[float]]:
    """The line, not judged yet, and the differences it rests on."""
    changes = [b - a for a, b in pairs]
    change = estimate(changes, ends=(-1.0, 1.0))
    assert change is not None  # there are pairs
    better, worse = sum(each > 0 for each in changes), sum(each < 0 for each in changes)
    all_or_nothing = all(value in (0.0, 1.0) for pair in pairs for value in pair)
    return Difference(
        category=category,
        figure=figure,
        first=fmean(a for a, _ in pairs),
        second=fmean(b for _, b in pairs),
        difference=change,
        better=better,
        worse=worse,
        test="McNemar" if all_or_nothing else "sign-flip",
        p=mcnemar(better, worse) if all_or_nothing else sign_flip(changes),
    ), changes


def _judged(lines: Sequence[tuple[Difference, Sequence[float]]]) -> list[Difference]:
    """The lines with what Holm's correction makes of those that have enough pairs.

    A further line would be significant at the level at which Holm's procedure stopped: LEVEL / (lines that are not).
    """
    enough = [index for index, (line, _) in enumerate(lines) if line.difference.n >= FEWEST_PAIRS]
    adjusted = dict(zip(enough, holm([lines[index][0].p for index in enough]), strict=True))
    level = LEVEL / max(1, sum(p > LEVEL for p in adjusted.values()))
    return [
        replace(line, adjusted=adjusted[index], detectable=detectable(changes, level)) if index in adjusted else line
        for index, (line, changes) in enumerate(lines)
    ]
