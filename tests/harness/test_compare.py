"""The paired comparison finds a difference that is there, and none that is not."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from rich.console import Console
from run_help import VERSIONS, config, findbench, record

from findbench.harness.errors import UsageError
from findbench.harness.records import Run
from findbench.harness.report.comparison import Comparison, differences
from findbench.harness.report.comparison_table import print_comparison
from findbench.harness.report.tally import Tally
from findbench.harness.schema.records import RunInfo
from findbench.harness.schema.score import Score

MANY = tuple(f"numeric/{i:04d}" for i in range(40))


class MakeTally(Protocol):
    def __call__(self, name: str, values: Mapping[str, float], secret: str | None = None, **changes: Any) -> Tally: ...


@pytest.fixture
def make_tally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeTally:
    """Tallies of runs whose functions pass as told."""
    passes: dict[int, float] = {}
    monkeypatch.setattr("findbench.harness.report.figures.figures", lambda found: {"pass": passes[found.seed]})

    def make(name: str, values: Mapping[str, float], secret: str | None = None, **changes: Any) -> Tally:
        with Run.open_for_writing(tmp_path / name, config(MANY, **changes), VERSIONS, secret=secret) as run:
            for id_, value in values.items():
                passes[len(passes)] = value
                run.save(record(id_, seed=len(passes) - 1))
        return Tally.of(run)

    return make


def every_nth(n: int, first: int = 0) -> dict[str, float]:
    return {id_: float(i % n == first) for i, id_ in enumerate(MANY)}


def printed(compared: Comparison, width: int) -> str:
    text = io.StringIO()
    print_comparison(compared, Console(file=text, width=width))
    return text.getvalue()


def test_a_consistent_improvement_is_found(make_tally: MakeTally) -> None:
    first, second = make_tally("a", every_nth(4)), make_tally("b", every_nth(2))
    compared = Comparison.of(first, second)
    assert (compared.paired, compared.unpaired) == (40, 0)
    (only,) = compared.differences
    assert (only.first, only.second, only.better, only.worse) == (0.25, 0.5, 10, 0)
    assert only.test == "McNemar"
    assert only.p == only.adjusted == pytest.approx(2 / 1024)
    assert only.verdict == "second better (p = 0.002 after Holm)"
    assert Comparison.of(second, first).differences[0].verdict == "first better (p = 0.002 after Holm)"


def test_as_many_losses_as_gains_are_no_difference_and_what_could_have_been_seen_is_told(make_tally: MakeTally) -> None:
    (only,) = Comparison.of(make_tally("a", every_nth(2)), make_tally("b", every_nth(2, first=1))).differences
    assert (only.better, only.worse, only.p) == (20, 20, 1.0)
    assert only.detectable == pytest.approx(0.44, abs=0.01), "all 40 differ: at least 29 must be better, 11 worse"
    assert only.verdict == "no difference seen (could have seen 44)"


@pytest.mark.parametrize(
    ("detectable", "told"),
    [(1.0, "(could have seen 100)"), (0.0812, "(could have seen 8.1)"), (None, "(too few pairs to see any)")],
)
def test_what_could_have_been_seen_is_told_in_points(
    detectable: float | None, told: str, make_tally: MakeTally
) -> None:
    (line,) = Comparison.of(make_tally("a", every_nth(2)), make_tally("b", every_nth(2))).differences
    assert replace(line, detectable=detectable).verdict == f"no difference seen {told}"


def test_a_run_does_not_differ_from_one_with_the_same_scores(make_tally: MakeTally) -> None:
    (only,) = Comparison.of(make_tally("a", every_nth(2)), make_tally("b", every_nth(2))).differences
    assert (only.p, only.difference.mean, only.winner) == (1.0, 0.0, None)
    assert only.difference.low < 0 < only.difference.high, "other functions might differ"


def test_below_twelve_pairs_there_is_no_verdict_however_clear_the_difference(make_tally: MakeTally) -> None:
    for n, verdict in ((11, "too few pairs for a verdict"), (12, "second better (p < 0.001 after Holm)")):
        first, second = (
            make_tally(f"{name}{n}", dict.fromkeys(MANY[:n], value)) for name, value in (("a", 0.0), ("b", 1.0))
        )
        compared = Comparison.of(first, second)
        assert [each.verdict for each in compared.differences] == [verdict]
        assert compared.differences[0].p < 0.001, "its p is told"


def told_of(compared: Comparison, width: int) -> str:
    return " ".join(printed(compared, width).split())


@pytest.mark.parametrize("width", [80, 200])
def test_that_lines_have_too_few_pairs_is_told_once_instead_of_a_verdict_for_each(
    width: int, make_tally: MakeTally
) -> None:
    some = make_tally("a", every_nth(2))
    few = {id_: dict.fromkeys(("pass", "global", "local"), 1.0) for id_ in MANY[:11]}
    none = told_of(Comparison(some, some, differences(few, few), 11, 0), width)
    assert "Fewer than 12 pairs in every line: no verdicts." in none
    assert none.endswith("* The primary figure, pass of numeric.")
    assert not any(word in none for word in ("Holm", "too few", "verdict ", "Could have seen", "0 lines"))
    more = few | {f"strings/{i:04d}": {"global": 1.0} for i in range(12)}
    one = told_of(Comparison(some, some, differences(more, more), 23, 0), width)
    assert "Holm: p corrected for 2 lines with a verdict." in one, "strings global and all global"
    assert "Lines of fewer than 12 pairs have no verdict." in one
    assert one.endswith("* The primary figure, pass of numeric: too few pairs for a verdict.")
    assert one.count("too few pairs") == 1
    assert one.count("no difference seen") == 2
    all_of_them = told_of(Comparison.of(some, make_tally("b", every_nth(4))), width)
    assert "fewer than 12 pairs" not in all_of_them.lower()


def test_why_an_interval_of_no_differences_has_a_width_is_told_where_there_is_one(make_tally: MakeTally) -> None:
    first, same, other = make_tally("a", every_nth(2)), make_tally("b", every_nth(2)), make_tally("c", every_nth(3))
    why = "Where no function differs, the interval has a width all the same: other functions might differ."
    assert why in told_of(Comparison.of(first, same), 80)
    assert why not in told_of(Comparison.of(first, other), 80)


def test_means_over_repeats_are_compared_by_sign_flips(make_tally: MakeTally) -> None:
    """A function that passed in one of two repeats has a half: no table of passes and failures any more."""
    first = make_tally("a", dict.fromkeys(MANY, 0.5))
    second = make_tally("b", {id_: 0.5 + 0.5 * (i % 4 == 0) for i, id_ in enumerate(MANY)})
    (only,) = Comparison.of(first, second).differences
    assert only.test == "sign-flip"
    assert only.p == pytest.approx(2 / 1024)


def test_only_functions_that_both_runs_scored_are_paired(make_tally: MakeTally) -> None:
    first = make_tally("a", dict.fromkeys(MANY[:5], 1.0))
    second = make_tally("b", dict.fromkeys(MANY[3:9], 1.0))
    compared = Comparison.of(first, second)
    assert (compared.paired, compared.unpaired) == (2, 7)
    assert compared.differences[0].difference.n == 2


def test_runs_without_a_function_in_common_cannot_be_paired(make_tally: MakeTally) -> None:
    with pytest.raises(UsageError, match="no scored function in common"):
        Comparison.of(make_tally("a", {MANY[0]: 1.0}), make_tally("b", {MANY[1]: 1.0}))


# -- several lines


def scores(category: str, first: int, **figures: float) -> dict[str, dict[str, float]]:
    """The same figures for 20 functions, `first` of which have them and the others 0."""
    return {f"{category}/{i:04d}": {name: value * (i < first) for name, value in figures.items()} for i in range(20)}


def test_every_line_is_corrected_for_all_lines_with_enough_pairs() -> None:
    few = {f"strings/{i:04d}": {"global": 1.0} for i in range(5)}
    lines = differences(
        scores("numeric", 0, **{"pass": 1, "global": 1}) | few, scores("numeric", 8, **{"pass": 1, "global": 1}) | few
    )
    assert [(each.category, each.figure) for each in lines] == [
        ("numeric", "pass"),
        ("numeric", "global"),
        ("strings", "global"),
        ("all", "global"),
    ]
    p = 2 / 256
    assert [each.p for each in lines] == pytest.approx([p, p, 1.0, p])
    assert [each.adjusted for each in lines if each.adjusted is not None] == pytest.approx([3 * p] * 3)
    assert lines[2].verdict == "too few pairs for a verdict"


def test_a_figure_of_one_category_stands_once() -> None:
    run = scores("numeric", 9, **{"pass": 1, "global": 1}) | scores("entities", 9, auc=0.9)
    assert [(each.category, each.figure) for each in differences(run, run)] == [
        ("numeric", "pass"),
        ("numeric", "global"),
        ("entities", "auc"),
    ]


@pytest.mark.parametrize(
    ("parts", "primary"),
    [
        ([("numeric", "pass"), ("strings", "pass"), ("entities", "auc")], ("all", "pass")),
        ([("numeric", "pass"), ("entities", "auc")], ("numeric", "pass")),
        ([("entities", "auc")], ("entities", "auc")),
    ],
)
def test_one_figure_is_the_primary_one(
    parts: list[tuple[str, str]], primary: tuple[str, str], make_tally: MakeTally
) -> None:
    run = {
        id_: found
        for category, figure in parts
        for id_, found in scores(category, 9, **{figure: 1.0, "unit_test": 1.0}).items()
    }
    some = make_tally("a", every_nth(2))
    compared = Comparison(some, some, differences(run, run), 20, 0)
    assert compared.primary is not None
    assert (compared.primary.category, compared.primary.figure) == primary
    assert compared.as_data()["primary"] == {"category": primary[0], "figure": primary[1]}
    for width in (80, 200):
        text = printed(compared, width)
        assert text.splitlines()[-1].startswith("* The primary figure") or "* The primary figure" in text
        assert len(re.findall(r"(pass|AUC) \* ", text)) == (1 if width > 80 else 2), "in the table and at its verdict"


# -- what a person reads


def test_whether_the_runs_had_one_secret_is_told(make_tally: MakeTally) -> None:
    """So that a reader knows whether noise and held-out inputs were equal in both."""
    first = make_tally("a", every_nth(2), secret="0" * 32)
    old = Run(first.run.path.with_name("old"), RunInfo(name="old", config=first.run.config))
    for second, one, line in (
        (make_tally("b", every_nth(2), secret="0" * 32), True, "One secret:"),
        (make_tally("c", every_nth(2)), False, "Two secrets:"),
        (replace(first, run=old), None, "Secrets not known:"),
    ):
        compared = Comparison.of(first, second)
        assert compared.one_secret is one
        assert line in printed(compared, 80)


def test_settings_that_differ_are_told_in_one_line(make_tally: MakeTally) -> None:
    first = make_tally("a", every_nth(2))
    assert Comparison.of(first, make_tally("b", every_nth(2))).settings is None
    other = make_tally("c", every_nth(2), budget=50, repeats=2)
    assert Comparison.of(first, other).settings == (
        "the runs differ in budget (100 and 50), repeats (1 and 2): differences may come from that"
    )


def test_the_command_warns_of_another_budget_on_stderr(tmp_path: Path) -> None:
    """In one line, so that stdout stays the table or JSON."""
    for name, budget in (("a", 100), ("b", 50)):
        with Run.open_for_writing(tmp_path / name, config(MANY), VERSIONS) as run:
            run.save(record(MANY[0], budget=budget, score=Score(pass_=True)))
    for options in ([], ["--json"]):
        done = findbench("compare", tmp_path / "a", tmp_path / "b", *options)
        assert done.returncode == 0
        assert done.stderr == ("findbench: the runs differ in budget (100 and 50): differences may come from that\n")
    assert json.loads(done.stdout)["differences"][0]["figure"] == "pass"


def test_the_comparison_fits_eighty_columns_and_says_who_is_better(make_tally: MakeTally) -> None:
    first = make_tally("first/a-rather-long-name-of-a-run", every_nth(4))
    second = make_tally("second/a-rather-long-name-of-a-run", every_nth(2))
    compared = Comparison.of(first, second)
    for width in (80, 200):
        text = printed(compared, width)
        assert "…" not in text
        assert max(map(len, map(str.rstrip, text.splitlines()))) <= width
        assert re.search(r"numeric *\n +pass \* +25.0 +50.0 +\+25.0 \[\+\d+, \+\d+\] +10/0 +40 +0.002 +0.002\b", text)
        assert "second better (p = 0.002 after Holm)" in text
        assert "Paired: 40 functions" in text


def test_the_data_is_plain_json_with_the_numbers_of_every_line(make_tally: MakeTally) -> None:
    compared = Comparison.of(make_tally("a", every_nth(4)), make_tally("b", every_nth(2)))
    (line,) = json.loads(json.dumps(compared.as_data(), allow_nan=False))["differences"]
    assert (line["difference"]["n"], line["winner"], line["test"]) == (40, "second", "McNemar")
    assert line["p"] == line["adjusted"] == pytest.approx(2 / 1024)
    assert 0 < line["difference"]["low"] < line["difference"]["high"]
    assert line["detectable"] > 0.1
