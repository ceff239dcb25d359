"""What is measured in one run of the benchmark."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from findbench.functions.suites.builtin import load_suite
from findbench.harness.bench import baselines, episodes, labs, peers
from findbench.harness.bench.ratios import RATIOS
from findbench.harness.bench.timing import interleaved
from findbench.harness.sandbox import engine, image
from findbench.harness.sandbox.transport import resolve

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport


def measure(
    parts: Collection[str], *, quick: bool, say: Callable[[str], None], transport: Transport = "auto"
) -> dict[str, float]:
    """Run the named parts and return all figures, with every ratio that they allow.

    `quick`: fewer repetitions. `say` is told what is measured next. `transport`: what labs are reached by; where these
    are unix sockets, stdin and stdout are measured beside them. Raises EngineError.
    """
    repeat = 30 if quick else 200
    few = 3 if quick else 10
    rounds = 1 if quick else 3
    function = next(f for f in load_suite("mini").values() if f.interval is not None and "clean" in f.tags)
    reached = resolve(transport)
    plain = labs.Place("", "runc", reached)
    gvisor = [labs.Place("runsc_", "runsc", reached)] if engine.has_runtime("runsc") else []
    stdio = [labs.Place("stdio_", "runc", "stdio")] if reached == "unix" else []
    figures: dict[str, float] = {}
    image.current()
    if "experiment" in parts:
        say("experiments, beside docker exec and docker run of python + numpy")
        figures |= interleaved(
            lambda: baselines.docker_exec(repeat=few * 2),
            lambda: labs.experiments(function, repeat=repeat, place=plain),
            lambda: baselines.docker_run(repeat=few),
            *(partial(labs.experiments, function, repeat=repeat, place=place) for place in stdio),
            rounds=rounds,
        )
        for place in gvisor:
            say(f"experiments under {place.runtime}")
            figures |= labs.experiments(function, repeat=repeat, place=place)
    if "calls" in parts:
        say("calls of f: scalars, strings, arrays; beside them bare sockets")
        figures |= interleaved(
            lambda: baselines.pingpong(repeat=repeat * 20),
            lambda: labs.calls(repeat=repeat, place=plain),
            lambda: baselines.array_copy(repeat=max(5, repeat // 10)),
            *(partial(labs.calls, repeat=repeat, place=place) for place in stdio),
            rounds=rounds,
        )
    if "start" in parts:
        say("starting labs")
        figures |= baselines.container_start(repeat=few)
        for place in (plain, *gvisor, *stdio):
            figures |= labs.starts(function, repeat=few, place=place)
    if "memory" in parts:
        say("memory of labs")
        figures |= labs.memory(function, count=few, place=plain)
    if "episodes" in parts:
        say("whole episodes")
        for place in (plain, *gvisor, *stdio):
            figures |= episodes.evaluations(repeat=few, place=place)
        concurrencies = [1, 2] if quick else [1, 2, 4, 8, 32]
        figures |= episodes.rates(function, concurrencies=concurrencies, episodes=4 if quick else 24, place=plain)
    if "peers" in parts and peers.available():
        say("llm-sandbox, for comparison")
        figures |= peers.llm_sandbox(repeat=few)
    return figures | {ratio.key: value for ratio in RATIOS if ratio.under and (value := ratio.of(figures)) is not None}
