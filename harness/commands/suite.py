"""`findbench suite ls|show|make`: what suites hold, one function's ground truth, and new suites."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from findbench.functions.categories import CATEGORIES
from findbench.functions.errors import SuiteError
from findbench.harness.commands.command import HELP_NAMES, Command, did_you_mean, option
from findbench.harness.commands.common import load_suite
from findbench.harness.errors import UsageError
from findbench.harness.exits import Exit
from findbench.harness.report.console import Terminal
from findbench.harness.report.terminal import echo, echo_json, echo_text
from findbench.harness.schema.words import counted

F = TypeVar("F", bound=Callable[..., Any])
JSON_ONLY = ("seed", "version", "purpose")
"""Columns that would not fit a terminal of 80 columns."""


@click.group(context_settings=HELP_NAMES)
def suite() -> None:
    """List, show and make suites of hidden functions."""


@suite.command("ls", cls=Command)
@click.argument("name", required=False)
@option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_suites(name: str | None, as_json: bool) -> Exit:
    """List the built-in suites with their sizes, or the functions of the suite NAME (a name or a file)."""
    from findbench.functions.suites.builtin import BUILTIN

    table = Table()
    if name is None:
        suites = [(load_suite(key), recipe.purpose) for key, recipe in BUILTIN.items()]
        rows = [
            {
                "name": item.name,
                "functions": len(item),
                **item.counts,
                "seed": item.seed,
                "version": item.version,
                "checksum": item.checksum,
                "purpose": purpose,
            }
            for item, purpose in suites
        ]
    else:
        loaded = load_suite(name)
        rows = [{"id": key, "family": function.family, "tags": list(function.tags)} for key, function in loaded.items()]
    if as_json:
        echo_json(json.dumps(rows, indent=2))
        return Exit.OK
    shown = [key for key in (rows[0] if rows else ()) if key not in JSON_ONLY]
    for heading in shown:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(_cell(key, row[key]) for key in shown))
    Terminal().print(table)
    return Exit.OK


def _cell(key: str, value: object) -> str:
    if key == "checksum":
        return str(value)[:12]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@suite.command(cls=Command)
@click.argument("id")
@option("--suite", "suite_name", default="find", metavar="SUITE", help="A built-in suite or a suite file.")
@option("--json", "as_json", is_flag=True, help="Print JSON, with the spec.")
def show(id: str, suite_name: str, as_json: bool) -> Exit:
    """Show the ground truth of the function ID (for instance numeric/0003)."""
    loaded = load_suite(suite_name)
    if id not in loaded:
        raise UsageError(
            f"suite {loaded.name} has no function {id!r}: `findbench suite ls {suite_name}` lists them."
            f"{did_you_mean(id, loaded)}"
        )
    function = loaded[id]
    if as_json:
        fields = {
            "id": function.id,
            "family": function.family,
            "tags": list(function.tags),
            "description": function.description,
            "domain": function.domain,
            "reference_code": function.reference_code,
            "spec": function.spec.model_dump(mode="json"),
        }
        echo_json(json.dumps(fields, indent=2, ensure_ascii=False))
        return Exit.OK
    echo(f"{function.id}  {function.family}  [{', '.join(function.tags)}]")
    echo_text(f"\n{function.description}\n\nDomain: {function.domain}\n\n{function.reference_code}")
    return Exit.OK


def count_options(command: F) -> F:
    """`--numeric N`, and so on for every category there is."""
    for category in reversed(CATEGORIES):
        add = option(
            f"--{category}",
            default=0,
            type=click.IntRange(min=0),
            metavar="N",
            help=f"How many functions of category {category}.",
        )
        command = add(command)
    return command


@suite.command(cls=Command)
@option(
    "--seed",
    required=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="The same seed gives the same suite.",
)
@count_options
@option("--name", metavar="NAME", help="Name inside the file. Default: the file's.")
@option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file; .gz compresses it.")
def make(seed: int, name: str | None, out: Path, **counts: int) -> Exit:
    """Generate a suite into a file."""
    from findbench.functions.suites.make import make_suite

    if not out.parent.is_dir():
        raise UsageError(f"cannot write {out}: its directory does not exist; create it first")
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Terminal(stderr=True), disable=not sys.stderr.isatty()) as bar:
            tasks = {category: bar.add_task(category, total=n) for category, n in counts.items() if n}
            made = make_suite(
                name or out.name.split(".")[0], seed, counts, lambda category, n: bar.advance(tasks[category], n)
            )
        made.save(out)
    except SuiteError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error
    echo(f"{out}: {counted(len(made), 'function')}, checksum {made.checksum}")
    return Exit.OK
