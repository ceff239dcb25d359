"""The paired comparison finds a difference that is there, and none that is not."""

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from rich.console import Console
from run_help import VERSIONS, config, record

from findbench.harness.errors import UsageError
from findbench.harness.records import Run
from findbench.harness.report.comparison import Comparison
from findbench.harness.report.tally import Tally

MANY = tuple(f"numeric/{i:04d}" for i in range(40))
MakeTally = Callable[[str, Mapping[str, float]], Tally]


@pytest.fixture
def make_tally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeTally:
    """Tallies of runs whose functions pass as told."""
    passes: dict[int, float] = {}
    monkeypatch.setattr("findbench.harness.report.tally.figures", lambda found: {"pass": passes[found.seed]})

    def make(name: str, values: Mapping[str, float]) -> Tally:
        with Run.open_for_writing(tmp_path / name, config(MANY), VERSIONS) as run:
            for id_, value in values.items():
                passes[len(passes)] = value
                run.save(record(id_, seed=len(passes) - 1))
        return Tally.of(run)

    return make


def test_a_consistent_improvement_is_found(make_tally: MakeTally) -> None:
    first = make_tally("a", {id_: float(i % 4 == 0) for i, id_ in enumerate(MANY)})
    second = make_tally("b", {id_: float(i % 2 == 0) for i, id_ in enumerate(MANY)})
    compared = Comparison.of(first, second)
    assert (compared.paired, compared.unpaired) == (40, 0)
    (only,) = compared.differences
    assert (only.first, only.second, only.better, only.worse) == (0.25, 0.5, 10, 0)
    assert only.verdict == "second better (95 % interval excludes 0)"
    assert Comparison.of(second, first).differences[0].verdict == "first better (95 % interval excludes 0)"


def test_as_many_losses_as_gains_are_no_difference(make_tally: MakeTally) -> None:
    first = make_tally("a", {id_: float(i % 2 == 0) for i, id_ in enumerate(MANY)})
    second = make_tally("b", {id_: float(i % 2 == 1) for i, id_ in enumerate(MANY)})
    (only,) = Comparison.of(first, second).differences
    assert (only.better, only.worse) == (20, 20)
    assert only.verdict == "no difference shown (95 % interval includes 0)"


def test_only_functions_that_both_runs_scored_are_paired(make_tally: MakeTally) -> None:
    first = make_tally("a", dict.fromkeys(MANY[:5], 1.0))
    second = make_tally("b", dict.fromkeys(MANY[3:9], 1.0))
    compared = Comparison.of(first, second)
    assert (compared.paired, compared.unpaired) == (2, 7)
    assert compared.differences[0].difference.n == 2


def test_runs_without_a_function_in_common_cannot_be_paired(make_tally: MakeTally) -> None:
    with pytest.raises(UsageError, match="no scored function in common"):
        Comparison.of(make_tally("a", {MANY[0]: 1.0}), make_tally("b", {MANY[1]: 1.0}))


def test_the_comparison_fits_eighty_columns_and_says_who_is_better(make_tally: MakeTally) -> None:
    printed = io.StringIO()
    first = make_tally("first/a-rather-long-name-of-a-run", {id_: float(i % 4 == 0) for i, id_ in enumerate(MANY)})
    second = make_tally("second/a-rather-long-name-of-a-run", {id_: float(i % 2 == 0) for i, id_ in enumerate(MANY)})
    Comparison.of(first, second).print(Console(file=printed, width=80))
    text = printed.getvalue()
    assert "…" not in text
    assert re.search(r"numeric *\n +pass +25.0 +50.0 +\+25.0 \[\+\d+, \+\d+\] +10 +0 +second better", text)
    assert "Paired: 40 functions" in text
