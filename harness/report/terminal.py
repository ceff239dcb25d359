"""Lines on a terminal: whatever a command prints is free of what could move a cursor or hide (tables: see `console`).

File names, names of suites and runs, ids, names of models and texts of servers come from others. They are cleaned where
they are printed and not where they are put into a sentence, so that none can be forgotten.
"""

from __future__ import annotations

import click

from findbench.harness.report.sanitise import clean, clean_json, clean_line

LONGEST_LINE = 2_000
"""Characters of a line on stderr."""


def echo(line: object = "") -> None:
    """Print one line, whatever a name in it holds."""
    click.echo(clean(str(line)).replace("\n", "\\x0a"))


def echo_text(text: str) -> None:
    """Print a text of several lines."""
    click.echo(clean(text))


def echo_json(text: str) -> None:
    """Print JSON. Whoever parses it gets the characters that were there."""
    click.echo(clean_json(text))


def say(line: object) -> None:
    """Print one line on stderr, after the name of the program."""
    click.echo(f"findbench: {clean_line(str(line), limit=LONGEST_LINE)}", err=True)
