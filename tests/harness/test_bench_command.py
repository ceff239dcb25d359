"""The benchmark measures what it says, in one run, and computes its ratios; how fast is not asserted."""

from __future__ import annotations

import json

from click.testing import CliRunner

from findbench.harness.bench.timing import interleaved, percentiles
from findbench.harness.commands.bench import RATIOS, bench, show


def test_the_figures_that_people_rely_on_are_there() -> None:
    outcome = CliRunner().invoke(
        bench, ["--quick", "--json", "--part", "experiment", "--part", "calls", "--part", "start"]
    )
    assert outcome.exit_code == 0, outcome.output
    figures = json.loads(outcome.stdout)
    for name in (
        "experiment_ms_p50",
        "docker_exec_ms_p50",
        "docker_run_ms_p50",
        "scalar_call_us_p50",
        "pingpong_us_p50",
        "lab_start_ms_p50",
        "array_values_per_s",
    ):
        assert figures[name] > 0
    ratio = figures["ratio: experiment faster than docker exec"]
    assert ratio == round(figures["docker_exec_ms_p50"] / figures["experiment_ms_p50"], 3)


def test_turns_are_taken_and_medians_given() -> None:
    turns: list[str] = []

    def action(name: str) -> dict[str, float]:
        turns.append(name)
        return {name: float(len(turns))}

    assert interleaved(lambda: action("a"), lambda: action("b"), rounds=3) == {"a": 3.0, "b": 4.0}
    assert turns == ["a", "b"] * 3


def test_percentiles_carry_their_unit() -> None:
    assert set(percentiles("x", "us", lambda: None, repeat=5)) == {"x_us_p50", "x_us_p95"}


def test_the_table_shows_every_ratio_it_has() -> None:
    show({"idle_lab_mib": 17.0, f"ratio: {RATIOS[0][0]}": 60.0})
