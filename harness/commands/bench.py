"""`findbench bench`: what an experiment, a call and a lab cost here, beside what people use today, as ratios."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from findbench.functions.suites import load_suite
from findbench.harness.bench import baselines, episodes, labs, peers
from findbench.harness.bench.timing import interleaved
from findbench.harness.sandbox import engine, image, ownership

PARTS = ("experiment", "calls", "start", "episodes", "memory", "peers")

# (what, figure, baseline, how to read it, wanted): a ratio of two figures of the same run.
RATIOS: list[tuple[str, str, str, str, str]] = [
    ("experiment faster than docker exec", "docker_exec_ms_p50", "experiment_ms_p50", "times", ">= 50"),
    ("experiment faster than docker run", "docker_run_ms_p50", "experiment_ms_p50", "times", ""),
    ("experiment against bare fork + exec + wait", "experiment_ms_p50", "fork_exec_wait_ms_p50", "of it", "<= 1.7"),
    ("runsc: experiment faster than docker exec", "docker_exec_ms_p50", "runsc_experiment_ms_p50", "times", ""),
    ("f(x) against bare ping-pong", "scalar_call_us_p50", "pingpong_us_p50", "of it", "<= 3"),
    ("f(array of a million) against bare copy", "array_call_ms_p50", "array_copy_ms_p50", "of it", "<= 8"),
    ("lab start against bare container start", "lab_start_ms_p50", "container_start_ms_p50", "of it", ""),
    ("lab from pool, ms", "lab_from_pool_ms_p50", "", "", "<= 10"),
    ("episodes per docker run", "episodes_per_s_best", "docker_runs_per_s", "of it", ">= 0.5"),
    ("idle lab, MiB", "idle_lab_mib", "", "", "<= 40"),
    ("llm-sandbox step against experiment", "llm_sandbox_ms_p50", "experiment_ms_p50", "times", ""),
]


def measure(parts: list[str], *, quick: bool, say: Callable[[str], None]) -> dict[str, float]:
    """Run the named parts and return all figures, with every ratio that they allow."""
    repeat = 30 if quick else 200
    few = 3 if quick else 10
    rounds = 1 if quick else 3
    function = next(f for f in load_suite("mini").values() if f.category == "numeric" and "clean" in f.tags)
    runtimes = ["runc", *(["runsc"] if engine.has_runtime("runsc") else [])]
    figures: dict[str, float] = {}
    image.current()
    if "experiment" in parts:
        say("experiments, beside docker exec and docker run of python + numpy")
        figures |= interleaved(
            lambda: baselines.docker_exec(repeat=few * 2),
            lambda: labs.experiments(function, repeat=repeat, runtime="runc"),
            lambda: baselines.docker_run(repeat=few),
            rounds=rounds,
        )
        for runtime in runtimes[1:]:
            say(f"experiments under {runtime}")
            figures |= labs.experiments(function, repeat=repeat, runtime=runtime)
    if "calls" in parts:
        say("calls of f: scalars, strings, arrays; beside them bare sockets")
        figures |= interleaved(
            lambda: baselines.pingpong(repeat=repeat * 20),
            lambda: labs.calls(repeat=repeat, runtime="runc"),
            lambda: baselines.array_copy(repeat=max(5, repeat // 10)),
            rounds=rounds,
        )
    if "start" in parts:
        say("starting labs")
        figures |= baselines.container_start(repeat=few)
        for runtime in runtimes:
            figures |= labs.starts(function, repeat=few, runtime=runtime)
    if "memory" in parts:
        say("memory of labs")
        figures |= labs.memory(function, count=few)
    if "episodes" in parts:
        say("whole episodes")
        concurrencies = [1, 2] if quick else [1, 2, 4, 8, 32]
        figures |= episodes.rates(function, concurrencies=concurrencies, episodes=4 if quick else 24, runtime="runc")
    if "peers" in parts and peers.available():
        say("llm-sandbox, for comparison")
        figures |= peers.llm_sandbox(repeat=few)
    for name, over, under, _, _ in RATIOS:
        if under and over in figures and under in figures:
            figures[f"ratio: {name}"] = round(figures[over] / figures[under], 3)
    return figures


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option("--quick", is_flag=True, help="Fewer repetitions.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Measure only this (repeatable).")
def bench(as_json: bool, quick: bool, parts: tuple[str, ...]) -> None:
    """Measure experiments, calls, labs and episodes beside docker exec, docker run and bare sockets, in one run."""
    ownership.sweep()
    console = Console(stderr=True)
    chosen = list(parts) or list(PARTS)
    figures = measure(chosen, quick=quick, say=lambda text: console.print(f"measuring {text} ...", style="dim"))
    if as_json:
        click.echo(json.dumps(figures, indent=2))
        return
    show(figures)


def show(figures: dict[str, float]) -> None:
    """Ratios first, then every figure."""
    ratios = Table(title="Against the baselines of the same run", title_justify="left")
    for column in ("", "measured", "wanted"):
        ratios.add_column(column, justify="right" if column == "measured" else "left")
    for name, over, under, unit, wanted in RATIOS:
        value = figures.get(f"ratio: {name}") if under else figures.get(over)
        if value is not None:
            ratios.add_row(name, f"{value:.3g} {unit}".strip(), wanted)
    table = Table(title="Figures", title_justify="left")
    table.add_column("")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        if not name.startswith("ratio: "):
            table.add_row(name, f"{value:,.3f}" if value < 1e5 else f"{value:,.0f}")
    console = Console()
    console.print(ratios)
    console.print(table)
