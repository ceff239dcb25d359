"""The parts of the benchmark, and the ratios that say how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


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
    Ratio("stdio: experiment faster than docker exec", "docker_exec_ms_p50", "stdio_experiment_ms_p50", "times"),
    Ratio("stdio: experiment against unix sockets", "stdio_experiment_ms_p50", "experiment_ms_p50", "of it"),
    Ratio("stdio: f(x) against unix sockets", "stdio_scalar_call_us_p50", "scalar_call_us_p50", "of it"),
    Ratio("stdio: f(array of a million) against unix sockets", "stdio_array_call_ms_p50", "array_call_ms_p50", "of it"),
    Ratio("stdio: lab start against unix sockets", "stdio_lab_start_ms_p50", "lab_start_ms_p50", "of it"),
    Ratio("f(x) against bare ping-pong", "scalar_call_us_p50", "pingpong_us_p50", "of it", "<= 3"),
    Ratio("f(array of a million) against bare copy", "array_call_ms_p50", "array_copy_ms_p50", "of it", "<= 8"),
    Ratio("lab start against bare container start", "lab_start_ms_p50", "container_start_ms_p50", "of it"),
    Ratio("lab from pool", "lab_from_pool_ms_p50", unit="ms", wanted="<= 1.7"),
    Ratio("episodes per docker run", "episodes_per_s_best", "docker_runs_per_s", "of it", ">= 0.40"),
    Ratio("scoring's part of an episode", "scoring_ms_p50", "episode_ms_p50", "of it"),
    Ratio("what scoring asks for, answered", "evaluation_ms_p50", unit="ms"),
    Ratio("idle lab", "idle_lab_mib", unit="MiB", wanted="<= 40"),
    Ratio("llm-sandbox step against experiment", "llm_sandbox_ms_p50", "experiment_ms_p50", "times"),
)
PARTS = ("experiment", "calls", "start", "episodes", "memory", "peers")
