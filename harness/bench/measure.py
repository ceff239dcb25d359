"""What is measured in one run of the benchmark, and the ratios that say how good it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from findbench.functions.suites.builtin import load_suite
from findbench.harness.bench import baselines, episodes, labs, peers
from findbench.harness.bench.timing import interleaved
from findbench.harness.sandbox import engine, image


class Ratio(NamedTuple):
    """Two figures of the same run, one over the other; or one figure by itself, whose unit does not depend on the
    machine's speed alone."""

    what: str
    over: str
    under: str = ""
    """Empty: `over` by itself."""
    unit: str = ""
    wanted: str = ""
    """The bound that the project holds itself to; empty: for information."""

    @property
    def key(self) -> str:
        """Its name among the figures."""
        return f"ratio: {self.what}"

    def of(self, figures: Mapping[str, float]) -> float | None:
        """Its value; None when not everything it needs was measured."""
        if not self.under:
            return figures.get(self.over)
        if self.over not in figures or self.under not in figures:
            return None
        return round(figures[self.over] / figures[self.under], 3)


RATIOS = (
    Ratio("experiment faster than docker exec", "docker_exec_ms_p50", "experiment_ms_p50", "times", ">= 60"),
    Ratio("experiment faster than docker run", "docker_run_ms_p50", "experiment_ms_p50", "times"),
    Ratio(
        "experiment against bare fork + exec + wait", "experiment_ms_p50", "fork_exec_wait_ms_p50", "of it", "<= 1.7"
    ),
    Ratio("runsc: experiment faster than docker exec", "docker_exec_ms_p50", "runsc_experiment_ms_p50", "times"),
    Ratio("f(x) against bare ping-pong", "scalar_call_us_p50", "pingpong_us_p50", "of it", "<= 2.7"),
    Ratio("f(array of a million) against bare copy", "array_call_ms_p50", "array_copy_ms_p50", "of it", "<= 8"),
    Ratio("lab start against bare container start", "lab_start_ms_p50", "container_start_ms_p50", "of it"),
    Ratio("lab from pool", "lab_from_pool_ms_p50", unit="ms", wanted="<= 1.7"),
    Ratio("episodes per docker run", "episodes_per_s_best", "docker_runs_per_s", "of it", ">= 0.46"),
    Ratio("idle lab", "idle_lab_mib", unit="MiB", wanted="<= 40"),
    Ratio("llm-sandbox step against experiment", "llm_sandbox_ms_p50", "experiment_ms_p50", "times"),
)
PARTS = ("experiment", "calls", "start", "episodes", "memory", "peers")


def measure(parts: Collection[str], *, quick: bool, say: Callable[[str], None]) -> dict[str, float]:
    """Run the named parts and return all figures, with every ratio that they allow.

    `quick`: fewer repetitions. `say` is told what is measured next. Raises EngineError.
    """
    repeat = 30 if quick else 200
    few = 3 if quick else 10
    rounds = 1 if quick else 3
    function = next(f for f in load_suite("mini").values() if f.interval is not None and "clean" in f.tags)
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
    return figures | {ratio.key: value for ratio in RATIOS if ratio.under and (value := ratio.of(figures)) is not None}
