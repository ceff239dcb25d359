"""The paired comparison finds a difference that is there, and none that is not."""

import pytest
from run_help import VERSIONS, config, record

from findbench.harness.commands.compare import pair, verdict
from findbench.harness.records import Run
from findbench.harness.report.tally import Tally

MANY = tuple(f"numeric/{i:04d}" for i in range(40))


@pytest.fixture
def make_tally(tmp_path, monkeypatch):
    """Tallies of runs whose functions pass as told."""
    passes = {}
    monkeypatch.setattr("findbench.harness.report.tally.figures", lambda found: {"pass": passes[found.seed]})

    def make(name, values):
        with Run.open_for_writing(tmp_path / name, config(MANY), VERSIONS) as run:
            for id_, value in values.items():
                passes[len(passes)] = value
                run.save(record(id_, seed=len(passes) - 1))
        return Tally.of(run)

    return make


def test_a_consistent_improvement_is_real(make_tally):
    first = make_tally("a", {id_: float(i % 4 == 0) for i, id_ in enumerate(MANY)})
    second = make_tally("b", {id_: float(i % 2 == 0) for i, id_ in enumerate(MANY)})
    differences, paired, unpaired = pair(first, second)
    assert (paired, unpaired) == (40, 0)
    (only,) = differences
    assert (only.first, only.second, only.better, only.worse) == (0.25, 0.5, 10, 0)
    assert verdict(only.difference) == "real: second is better"
    assert verdict(pair(second, first)[0][0].difference) == "real: first is better"


def test_as_many_losses_as_gains_are_no_difference(make_tally):
    first = make_tally("a", {id_: float(i % 2 == 0) for i, id_ in enumerate(MANY)})
    second = make_tally("b", {id_: float(i % 2 == 1) for i, id_ in enumerate(MANY)})
    (only,), _, _ = pair(first, second)
    assert (only.better, only.worse) == (20, 20)
    assert verdict(only.difference) == "not distinguishable"


def test_only_functions_that_both_runs_scored_are_paired(make_tally):
    first = make_tally("a", dict.fromkeys(MANY[:5], 1.0))
    second = make_tally("b", dict.fromkeys(MANY[3:9], 1.0))
    differences, paired, unpaired = pair(first, second)
    assert (paired, unpaired) == (2, 7)
    assert differences[0].difference.n == 2
