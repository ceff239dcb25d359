"""`findbench image`: what labs run; its identity, and building it."""

from __future__ import annotations

import json

import click

from findbench.harness.errors import EngineError
from findbench.harness.sandbox import image as builder


@click.group()
def image() -> None:
    """The sandbox image: Python, numpy, scipy and the runner."""


@image.command("id")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def id_(*, as_json: bool) -> None:
    """Print the image's tag (from its sources) and digest (from its content); build it first when it is missing."""
    found = builder.current()
    click.echo(json.dumps(found._asdict()) if as_json else f"{found.tag} {found.digest}")


@image.command()
@click.option("--force", is_flag=True, help="Build every layer again.")
@click.option("--check-reproducible", is_flag=True, help="Build twice without cache and compare (two minutes).")
def build(*, force: bool, check_reproducible: bool) -> None:
    """Build the image unless it is there and current."""
    found = builder.ensure(rebuild=force or check_reproducible)
    if check_reproducible:
        again = builder.ensure(rebuild=True)
        if again.digest != found.digest:
            raise EngineError(f"two builds differ: {found.digest} and {again.digest}")
        click.echo(f"two builds without cache gave the same content: {found.digest}")
    else:
        click.echo(f"{found.tag} {found.digest}")
