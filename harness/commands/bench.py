"""`findbench bench`: what an experiment, a call and a lab cost here, beside what people use today, as ratios."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from findbench.harness.bench.ratios import PARTS, RATIOS
from findbench.harness.commands import options
from findbench.harness.commands.command import Choice, command, option
from findbench.harness.exits import Exit
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo_json

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport


@command()
@option("--part", "parts", multiple=True, type=Choice(PARTS), help="Measure only this (repeatable). Default: all.")
@option("--quick", is_flag=True, help="Fewer repetitions: seconds instead of minutes.")
@options.transport
@option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def bench(as_json: bool, quick: bool, parts: tuple[str, ...], transport: Transport) -> Exit:
    """Measure experiments, calls, labs and episodes beside docker exec, docker run and bare sockets, in one run.

    The engine and the machine should have nothing else to do. Targets are shown, not enforced. Where labs are
    reached by unix sockets, their stdin and stdout are measured beside them.
    """
    from findbench.harness.bench.measure import measure
    from findbench.harness.sandbox import sweep

    sweep.sweep()
    console = Terminal(stderr=True)
    figures = measure(
        parts or PARTS,
        quick=quick,
        say=lambda text: console.print(f"measuring {text} ...", style="dim"),
        transport=transport,
    )
    if as_json:
        echo_json(json.dumps(figures, indent=2))
    else:
        print_figures(figures, Terminal())
    return Exit.OK


def print_figures(figures: Mapping[str, float], console: Console) -> None:
    """Ratios first, then every figure."""
    ratios = Table(title="Against the baselines of the same run", title_justify="left")
    for column in ("", "measured", "wanted"):
        ratios.add_column(column, justify="right" if column == "measured" else "left")
    for ratio in RATIOS:
        value = ratio.of(figures)
        if value is not None:
            ratios.add_row(ratio.what, f"{value:.3g} {ratio.unit}".strip(), ratio.wanted)
    table = Table(title="Figures", title_justify="left")
    table.add_column("")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        if not name.startswith("ratio: "):
            table.add_row(name, f"{value:,.3f}" if value < 1e5 else f"{value:,.0f}")
    console.print(ratios)
    console.print(table)
