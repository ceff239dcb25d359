"""`findbench doctor`: show what a run needs, what is there of it, and how to get the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from findbench.harness.commands import options
from findbench.harness.commands.command import command, option
from findbench.harness.exits import Exit
from findbench.harness.report.terminal import echo, echo_json

if TYPE_CHECKING:
    from findbench.harness.doctor import Check
    from findbench.harness.sandbox.backend import Transport


@command()
@option("--deep", is_flag=True, help="Start a lab on each runtime and check it from inside (takes seconds).")
@options.transport
@option("--clean", is_flag=True, help="Remove what killed runs left, and sandbox images of other versions.")
@option("--json", "as_json", is_flag=True, help="Print a JSON list of checks.")
def doctor(*, as_json: bool, deep: bool, clean: bool, transport: Transport) -> Exit:
    """Check each prerequisite: ok, FAIL (with the fix) or SKIP (not there and not needed).

    Exit code 1 when a check failed, because then no run could start.
    """
    from findbench.harness.doctor import examine, examine_labs

    checks = list(examine(clean=clean))
    if deep and all(check.ok for check in checks if check.needed):
        checks += examine_labs(transport)
    if as_json:
        echo_json(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        print_checks(checks)
    return Exit.OK if all(check.ok for check in checks if check.needed) else Exit.FAILED


def print_checks(checks: Sequence[Check]) -> None:
    """One line for each: verdict, name, what was found; a fix stands below it."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        echo(f"{check.verdict:<4}  {check.name:<{width}}  {check.found}".rstrip())
        if check.fix:
            echo(f"{'':<{width + 8}}{check.fix}")
