"""`findbench image`: what labs run; its identity, and building it."""

from __future__ import annotations

import json

import click

from findbench.harness.commands.command import HELP_NAMES, Command, option
from findbench.harness.errors import EngineError
from findbench.harness.exits import Exit
from findbench.harness.report.terminal import echo, echo_json


@click.group(context_settings=HELP_NAMES)
def image() -> None:
    """The sandbox image: Python, numpy, scipy and the runner."""


@image.command("id", cls=Command)
@option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def id_(*, as_json: bool) -> Exit:
    """Print the image's tag (from its sources) and digest (from its content); build it first when it is missing."""
    from findbench.harness.sandbox import image as builder

    found = builder.current()
    if as_json:
        echo_json(json.dumps(found._asdict()))
    else:
        echo(f"{found.tag} {found.digest}")
    return Exit.OK


@image.command(cls=Command)
@option("--force", is_flag=True, help="Build every layer again.")
@option("--check-reproducible", is_flag=True, help="Build twice without cache and compare (takes two minutes).")
def build(*, force: bool, check_reproducible: bool) -> Exit:
    """Build the image unless it is there and current."""
    from findbench.harness.sandbox import image as builder

    found = builder.ensure(rebuild=force or check_reproducible)
    if check_reproducible:
        again = builder.ensure(rebuild=True)
        if again.digest != found.digest:
            raise EngineError(f"two builds differ: {found.digest} and {again.digest}")
        echo(f"two builds without cache gave the same content: {found.digest}")
    else:
        echo(f"{found.tag} {found.digest}")
    return Exit.OK
