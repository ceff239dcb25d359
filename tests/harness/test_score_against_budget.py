"""Score against budget: runs that differ in their budget alone as one line, and its area above the memoriser."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from run_help import VERSIONS, config, record

from findbench.harness.records import Run
from findbench.harness.report.budget_table import print_sections, reasons
from findbench.harness.report.budgets import Section, area_above, as_data, lines, sections
from findbench.harness.report.html import render
from findbench.harness.report.tally import Tally
from findbench.harness.schema.score import Score
from findbench.harness.series import BUDGETS

NUMERIC = ("numeric/0000", "numeric/0001", "numeric/0002")
Passes = Mapping[str, bool | None]
"""Function -> whether it passes; None: it has an AUC instead."""


def tally(path: Path, passes: Passes, *, budget: int, tags: Sequence[str] = ("clean",), **changes: Any) -> Tally:
    """A run with this budget and these scores."""
    with Run.open_for_writing(path, config(tuple(passes), budget=budget, **changes), VERSIONS) as run:
        for id_, passed in passes.items():
            score = Score(auc=0.75) if passed is None else Score(pass_=passed)
            run.save(record(id_, score=score, budget=budget, tags=tags))
    return Tally.of(Run(path))


def series(path: Path, interpreter: str, table: Mapping[int, Passes], **changes: Any) -> list[Tally]:
    """A run at each budget of `table`."""
    return [
        tally(path / f"budget-{budget}", passes, budget=budget, interpreter=interpreter, **changes)
        for budget, passes in table.items()
    ]


def from_budget(*needed: int) -> dict[int, Passes]:
    """At each of BUDGETS: a function passes from the budget on that it needs."""
    return {budget: {id_: budget >= need for id_, need in zip(NUMERIC, needed, strict=True)} for budget in BUDGETS}


def only(found: Sequence[Section]) -> Section:
    (section,) = found
    return section


def shown(found: Sequence[Section], width: int = 200) -> str:
    text = io.StringIO()
    print_sections(found, Console(width=width, markup=False, emoji=False, highlight=False, file=text))
    return text.getvalue()


def why_not(tallies: Sequence[Tally], interpreter: str = "mine") -> str:
    (row,) = (row for row in only(sections(tallies)).of_all if row.line.interpreter == interpreter)
    assert row.area.estimate is None
    return row.area.reason


# -- which runs belong together


def test_runs_that_differ_in_their_budget_alone_are_one_line(tmp_path: Path) -> None:
    passes = {NUMERIC[0]: True}
    mine = series(tmp_path / "a", "mine", {20: passes, 5: passes})
    other = series(tmp_path / "b", "other", {20: passes})
    later = series(tmp_path / "c", "mine", {5: passes, 20: passes})
    found = lines([*mine, *other, *later])
    assert [line.label for line in found] == ["a", "other", "c"]
    assert list(found[0].at("numeric").items()) == [(5, mine[1]), (20, mine[0])]
    assert [line.label for line in lines([*mine, *other])] == ["mine", "other"]


def test_runs_of_different_settings_or_of_one_budget_are_never_one_line(tmp_path: Path) -> None:
    passes = {NUMERIC[0]: True}
    first = tally(tmp_path / "x", passes, budget=5)
    others = [
        tally(tmp_path / "y", passes, budget=20, rounds=7),
        tally(tmp_path / "z", passes, budget=5),
    ]
    assert [len(line.tallies) for line in lines([first, *others])] == [1, 1, 1]
    assert len({line.label for line in lines([first, *others])}) == 3
    assert not only(sections([first, *others])).has_several


def test_a_run_without_a_budget_of_its_own_stands_where_its_episodes_were(tmp_path: Path) -> None:
    ids = {"numeric/0000": (True, 100), "relations/0000": (False, 50)}
    with Run.open_for_writing(tmp_path / "r", config(tuple(ids), budget=None), VERSIONS) as run:
        for id_, (passed, budget) in ids.items():
            run.save(record(id_, score=Score(pass_=passed), budget=budget))
    small = tally(tmp_path / "small", dict.fromkeys(ids, False), budget=10)
    assert [section.budgets for section in sections([Tally.of(Run(tmp_path / "r")), small])] == [[10, 100], [10, 50]]


# -- the area above the memoriser


def test_the_area_is_the_mean_over_the_budgets_of_what_passes_more(tmp_path: Path) -> None:
    """Three functions that pass 2 budgets earlier than in a table, 5 earlier, and 1 later: 0.4, 1 and -0.2."""
    mine = series(tmp_path / "mine", "mine", from_budget(20, 10, 1000))
    table = series(tmp_path / "table", "memoriser", from_budget(100, 10**9, 100))
    section = only(sections([*mine, *table]))
    above, frame = (row.area for row in section.of_all)
    assert above.estimate is not None
    assert above.estimate.mean == pytest.approx((0.4 + 1.0 - 0.2) / 3)
    assert above.estimate.n == 3
    assert above.estimate.low < above.estimate.mean < above.estimate.high
    assert (frame.estimate, frame.reason) == (None, "the memoriser is what the others are measured against")
    assert {budget: point.mean for budget, point in section.of_all[0].points.items()} == pytest.approx(
        {10: 1 / 3, 20: 2 / 3, 50: 2 / 3, 100: 2 / 3, 1000: 1.0}
    )


def test_the_area_follows_the_repeats_of_each_function() -> None:
    assert area_above([{"a/1": 0.5, "a/0": 1.0}] * 5, [{"a/0": 0.25, "a/1": 0.5}] * 5) == [0.75, 0.0]


def test_there_is_no_area_without_its_runs_and_the_reason_is_told(tmp_path: Path) -> None:
    whole = from_budget(20, 20, 20)
    mine = series(tmp_path / "mine", "mine", whole)
    table = series(tmp_path / "table", "memoriser", whole)
    fewer = {budget: {NUMERIC[0]: True} for budget in BUDGETS}
    assert why_not(mine[:2] + table) == (
        "it needs runs with 10, 20, 50, 100 and 1000 queries; there is none with 50, 100 and 1000"
    )
    assert why_not(mine) == "it needs the memoriser with the same budgets, which is not among these runs"
    assert why_not(mine + table[1:3]) == "it needs the memoriser with the same budgets, which has only 20 and 50"
    same = "not every function has a score at every budget, here and in the runs of the memoriser"
    assert why_not(mine + series(tmp_path / "fewer", "memoriser", fewer)) == same
    assert why_not(mine + series(tmp_path / "other", "memoriser", whole, suite_checksum="0" * 64)) == same
    gap = tally(tmp_path / "gap/budget-50", {NUMERIC[0]: True, NUMERIC[1]: True}, budget=50, interpreter="memoriser")
    assert why_not([*mine, *table[:2], *table[3:], gap]) != "", "other functions: a line of its own"
    (told,) = reasons(sections([*mine, *table[1:3]]))
    assert told.startswith("No area for numeric mine: it needs the memoriser"), "and nothing of the memoriser's own"


def test_a_category_without_pass_shows_its_auc_and_no_area(tmp_path: Path) -> None:
    passes: Passes = {"entities/0000": None}
    runs = [
        each
        for interpreter in ("mine", "memoriser")
        for each in series(tmp_path / interpreter, interpreter, dict.fromkeys(BUDGETS, passes))
    ]
    section = only(sections(runs))
    assert section.title == "entities: AUC against budget"
    assert [row.area.reason for row in section.rows] == ["the category has no pass"] * len(section.rows)
    assert "area" not in shown([section]).splitlines()[1]


def test_every_run_of_a_line_tells_its_budget_and_the_area_as_data(tmp_path: Path) -> None:
    mine = series(tmp_path / "mine", "mine", from_budget(10, 10, 10))
    table = series(tmp_path / "table", "memoriser", from_budget(1000, 1000, 1000))
    found = as_data([*mine, *table])
    assert [each["budgets"] for each in found] == [{"numeric": budget} for budget in BUDGETS] * 2
    areas = [each["area_above_memoriser"]["numeric"] for each in found]
    assert [area.get("mean") for area in areas] == pytest.approx([0.8] * 5 + [None] * 5)
    assert "measured against" in areas[-1]["reason"]
    single = as_data(mine[3:4])
    assert "there is none with 10, 20, 50 and 1000" in single[0]["area_above_memoriser"]["numeric"]["reason"]


# -- what a person sees


def test_the_table_shows_each_variant_with_its_interpreters_side_by_side(tmp_path: Path) -> None:
    mine = series(tmp_path / "mine", "my_own_module:MyOwnInterpreter", from_budget(20, 10, 50))
    table = series(tmp_path / "table", "memoriser", from_budget(100, 10**9, 100))
    text = shown(sections([*mine, *table]))
    assert text.startswith("numeric: pass against budget\n")
    assert re.search(r"^all +my_own_module:MyOwnInterpreter +3 +33 \[.* \+53 \[", text, re.MULTILINE)
    assert re.search(r"^ +memoriser .* -$", text, re.MULTILINE), "the memoriser has no area above itself"
    single = shown(sections(mine[:2]))
    assert re.search(r"^variant +n +10 +20$", single, re.MULTILINE)
    assert re.search(r"^all +3 +33 \[", single, re.MULTILINE)


def test_the_table_fits_eighty_columns_whole(tmp_path: Path) -> None:
    """With the widest cells that there are: long names, shares of 100 per cent, differences of two signs."""
    ids = [f"numeric/{number:04}" for number in range(8)]
    runs = [
        each
        for interpreter, passes in (("my_own_very_long_module:MyOwnInterpreter", True), ("memoriser", False))
        for each in series(
            tmp_path / interpreter[:2],
            interpreter,
            dict.fromkeys(BUDGETS, dict.fromkeys(ids, passes)),
            tags=("approximation",),
        )
    ]
    text = shown(sections(runs), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for part in (
        "my_own_very_",
        "rpreter",
        "memoriser",
        "approximation",
        "1000",
        "area",
        "[68–100]",
        "+100",
        "[+35,+100]",
    ):
        assert part in text
    many = series(tmp_path / "many", "mine", dict.fromkeys(range(10_000, 10_020), dict.fromkeys(ids, True)))
    text = shown(sections(many), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert all(text.count(str(budget)) == 1 for budget in range(10_000, 10_020)), "each once, over several tables"


def test_the_page_has_one_plot_for_each_category_and_a_line_for_each_interpreter(tmp_path: Path) -> None:
    evil = "my:</span><script>alert(1)</script>"
    mine = series(tmp_path / "mine", evil, from_budget(20, 10, 50))
    table = series(tmp_path / "table", "memoriser", from_budget(100, 10**9, 100))
    single = tally(tmp_path / "one", {NUMERIC[0]: True}, budget=0, interpreter="line")
    page = render([*mine, *table, single])
    assert page.count('<svg class="plot"') == 1
    (plot,) = re.findall(r'<svg class="plot".*?</svg>', page, re.DOTALL)
    assert len(re.findall("<circle", plot)) == 11
    assert len(re.findall("<path", plot)) == 3
    coordinates = [float(value) for value in re.findall(r' (?:cx|cy|x1|x2|y1|y2)="([^"]*)"', plot)]
    assert all(0 <= value <= 560 for value in coordinates)
    assert "<script>" not in page
    assert "numeric: pass against budget" in page
    assert "against budget" not in render([single])


def test_the_page_is_about_the_run_that_is_asked_for(tmp_path: Path) -> None:
    mine = series(tmp_path / "mine", "mine", from_budget(20, 10, 50))
    page = render(mine, main=mine[-1])
    assert "<h1>mine on smoke</h1>" in page
    assert "<h2>Episodes of budget-1000</h2>" in page
    assert "<h2>What was run in budget-1000</h2>" in page
    assert "<dd>1,000 queries" in page


def test_the_counts_at_the_head_of_a_page_say_of_which_run_they_are(tmp_path: Path) -> None:
    mine = series(tmp_path / "mine", "mine", from_budget(20, 10, 50))
    page = render(mine, main=mine[-1])
    counts = mine[-1].summary
    assert f"The episodes below are of budget-1000: {counts}. The tables are of 5 runs." in page
    for each in mine:
        assert f"{each.run.path.name} on smoke: {each.summary}" in page
    single = render(mine[:1])
    assert f'<p class="sub">{mine[0].summary}</p>' in single
    assert "The tables are of" not in single
