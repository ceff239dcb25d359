"""The benchmark measures what it says, in one run, and computes its ratios; how fast is not asserted."""

from __future__ import annotations

import io
import itertools
import json
import re

import pytest
from click.testing import CliRunner
from rich.console import Console

from findbench.harness.bench.ratios import RATIOS
from findbench.harness.bench.timing import interleaved, percentiles
from findbench.harness.commands.bench import bench, print_figures


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
        "stdio_experiment_ms_p50",
        "stdio_scalar_call_us_p50",
        "stdio_array_call_ms_p50",
        "stdio_lab_start_ms_p50",
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


def test_percentiles_carry_their_unit_and_leave_the_warm_up_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call takes as many seconds as calls have been made: the first two are not counted."""
    clock = itertools.accumulate(n // 2 if n % 2 else 0 for n in itertools.count(4))
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    calls: list[None] = []
    found = percentiles("x", "ms", lambda: calls.append(None), repeat=3, warm=2)
    assert len(calls) == 5
    assert found == {"x_ms_p50": 3000.0, "x_ms_p95": pytest.approx(3900.0)}


def printed(figures: dict[str, float]) -> str:
    text = io.StringIO()
    print_figures(figures, Console(file=text, width=80))
    assert "…" not in text.getvalue(), "it fits 80 columns"
    return text.getvalue()


def test_the_table_shows_every_ratio_that_the_figures_allow_beside_its_bound() -> None:
    names = {name for ratio in RATIOS for name in (ratio.over, ratio.under) if name}
    text = printed(dict.fromkeys(names, 7.0))
    for ratio in RATIOS:
        value = "1" if ratio.under else "7"
        row = rf"{re.escape(ratio.what)} +│ +{value} {ratio.unit} +│ +{re.escape(ratio.wanted)}"
        assert re.search(row.rstrip(), text), ratio


def test_the_table_leaves_out_what_was_not_measured() -> None:
    text = printed({"experiment_ms_p50": 2.0, "docker_exec_ms_p50": 130.0})
    assert re.search("experiment faster than docker exec +│ +65 times +│ >= 60", text)
    assert "docker run" not in text
    assert "ping-pong" not in text
    assert re.search("docker_exec_ms_p50 +│ +130.000", text)
