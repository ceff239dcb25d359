"""`findbench attack`: run the attack suite against the person's own engine and print what each attack achieved."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from findbench.harness.commands import common
from findbench.harness.errors import UsageError
from findbench.harness.sandbox import engine, image
from findbench.harness.sandbox.backend import Transport
from findbench.harness.sandbox.transport import resolve
from findbench.harness.setup import PACKAGE

SUITE = PACKAGE / "attacks"
CONTROLS = "00"
"""In place of an attack's number: the file that shows that honest code scores and cheating code would, if it could."""
VERDICTS = {"a": "blocked", "b": "neutralised", "c": "neutralised", "d": "blocked"}
"""What a held attack of each group amounts to: nothing was obtained, or it came to nothing."""


class Verdicts:
    """A pytest plugin that keeps the outcome of every attack (one entry a file)."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: object) -> None:
        """Called by pytest for each phase of each test."""
        path = Path(str(getattr(report, "fspath", "")))
        match = re.match(r"test_([abcd])(\d\d)_(\w+)\.py", path.name)
        outcome = getattr(report, "outcome", "")
        if match is None or (getattr(report, "when", "") != "call" and outcome == "passed"):
            return
        control = match[2] == CONTROLS
        name = "controls" if control else f"{match[1].upper()}{int(match[2])}"
        verdict = "held" if control else VERDICTS[match[1]]
        entry = self.entries.setdefault(
            name, {"attack": match[3].replace("_", " "), "variants": 0, "failed": [], "verdict": verdict}
        )
        entry["variants"] = int(str(entry["variants"])) + 1
        if outcome == "failed":
            failed = entry["failed"]
            assert isinstance(failed, list)
            failed.append(str(getattr(report, "nodeid", "")).split("::")[-1])
            entry["verdict"] = "leaked"


@click.command()
@click.option("--runtime", default="runc", show_default=True, help="Container runtime to attack (runc, runsc).")
@common.transport_option
@click.option("--attack", "names", multiple=True, metavar="NAME", help="Only this one, such as A1 (repeatable).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def attack(runtime: str, transport: Transport, names: tuple[str, ...], as_json: bool) -> None:
    """Run every attack of the suite against labs on this machine's engine; exit code 1 on any leak."""
    import pytest

    if not engine.has_runtime(runtime):
        raise UsageError(
            f"the engine knows no runtime {runtime!r}; `findbench setup gvisor` adds runsc, `docker info` lists them"
        )
    files = [str(chosen_file(name)) for name in names] or [str(SUITE)]
    image.current()
    # No setting, plugin or configuration file of the person's own tests changes what an attack amounts to.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    reached = resolve(transport)
    os.environ |= {"FINDBENCH_ATTACK_RUNTIME": runtime, "FINDBENCH_ATTACK_TRANSPORT": reached}
    verdicts = Verdicts()
    with Path(os.devnull).open("w") as null, redirect_stdout(null):
        options = ["-p", "no:cacheprovider", "-c", str(SUITE / "attack.ini")]
        code = pytest.main([*options, *files], plugins=[verdicts])
    entries = dict(
        sorted(verdicts.entries.items(), key=lambda item: (item[0][0], item[0] == "controls" or int(item[0][1:])))
    )
    counts = Counter(str(entry["verdict"]) for entry in entries.values())
    if as_json:
        click.echo(
            json.dumps({"runtime": runtime, "transport": reached, "counts": dict(counts), "attacks": entries}, indent=2)
        )
    else:
        show(entries, counts, f"{runtime} over {reached}")
    if counts["leaked"] or code not in (0, 1) or not entries:
        raise SystemExit(1)


def _order(name: str) -> tuple[str, int]:
    return (name, 0) if name == "controls" else (name[0], int(name[1:]))  # lower case, so that they come last


def chosen_file(name: str) -> Path:
    """The file of the attack `name` (`A1`). Raises UsageError."""
    match = re.fullmatch(r"([A-Da-d])0*(\d{1,2})", name)
    files = list(SUITE.glob(f"test_{match[1].lower()}{int(match[2]):02d}_*.py")) if match else []
    if len(files) != 1:
        raise UsageError(f"no attack {name!r}; they are A1 to A16, B1 to B14, C1 to C11 and D1 to D8")
    return files[0]


def show(entries: dict[str, dict[str, object]], counts: Counter[str], ground: str) -> None:
    """The table for people. `ground`: runtime and transport."""
    table = Table(title=f"Attacks under {ground}", title_justify="left")
    for column in ("", "attack", "tests", "verdict"):
        table.add_column(column)
    for name, entry in entries.items():
        colour = "red" if entry["verdict"] == "leaked" else "green"
        table.add_row(name, str(entry["attack"]), str(entry["variants"]), f"[{colour}]{entry['verdict']}[/{colour}]")
    console = Console()
    console.print(table)
    for name, entry in entries.items():
        failed = entry["failed"]
        assert isinstance(failed, list)
        for test in failed:
            console.print(f"[red]{name}[/red] {test}", markup=True, highlight=False)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("blocked", "neutralised", "leaked"))
    tests = sum(int(str(entry["variants"])) for entry in entries.values())
    console.print(f"{len(entries) - ('controls' in entries)} attacks in {tests} tests: {told}")
