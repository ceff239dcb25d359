"""`findbench compare`: two runs, function by function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from findbench.harness.commands import common
from findbench.harness.commands.command import command, option
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo_json, say

if TYPE_CHECKING:
    from findbench.harness.exits import Exit


@command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def compare(first: Path, second: Path, as_json: bool) -> Exit:
    """Pair the functions of run FIRST and run SECOND, test every figure, and say which run is better.

    docs/scoring.md says how. A warning on stderr names settings that differ, such as the budget.
    A record that cannot be read is named on stderr and left out; the exit code is then 1.
    """
    from findbench.harness.report.comparison import Comparison
    from findbench.harness.report.comparison_table import print_comparison

    tallies = common.tallies((first, second))
    compared = Comparison.of(*tallies)
    if as_json:
        echo_json(json.dumps(compared.as_data(), indent=1))
    else:
        print_comparison(compared, Terminal())
    if compared.settings:
        say(compared.settings)
    return common.warn_of_problems(tallies)
