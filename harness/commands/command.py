"""What every subcommand is: options under headings, each with its default and range, and an `Exit` that it returns."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

import click
from typing_extensions import override

from findbench.harness.exits import Exit
from findbench.harness.report.sanitise import clean

Section = tuple[str, Sequence[tuple[str, str]]]
"""A heading of `--help`, and its rows: a name and what it means."""


class Option(click.Option):
    """An option under a heading. Its default is shown, and its range in words."""

    def __init__(self, *names: Any, heading: str = "Options", **settings: Any) -> None:
        super().__init__(*names, **({"show_default": True} | settings))
        self.heading = heading

    @override
    def get_help_extra(self, ctx: click.Context) -> Any:
        extra = super().get_help_extra(ctx)
        if "range" in extra and not (words := range_in_words(self.type)):
            del extra["range"]
        elif "range" in extra:
            extra["range"] = words
        return extra


option = partial(click.option, cls=Option)


def range_in_words(kind: Any) -> str:
    """`64 to 65536`, `above 0`, `at least 1`: what a click range admits."""
    low, high = kind.min, kind.max
    if low is not None and high is not None and not (kind.min_open or kind.max_open):
        return f"{low:g} to {high:g}" if isinstance(low, float) else f"{low} to {high}"
    parts = [] if low is None else [f"{'above' if kind.min_open else 'at least'} {low}"]
    parts += [] if high is None else [f"{'below' if kind.max_open else 'at most'} {high}"]
    return ", ".join(parts)


class Choice(click.Choice[str]):
    """One of some names; a wrong one is answered with the nearest."""

    @override
    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        return f"{value!r} is not one of {', '.join(self.choices)}.{did_you_mean(str(value), self.choices)}"


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """` Did you mean 'mini'?`, or nothing when no known name is like the wrong one."""
    near = get_close_matches(wrong, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


HELP_NAMES = {"help_option_names": ["-h", "--help"]}
"""Context settings of every command and group: each may be called by itself, and click remembers the first call."""


class Command(click.Command):
    """A subcommand. Its callback returns an `Exit`; nothing else decides the exit code."""

    def __init__(self, *arguments: Any, notes: Callable[[], Iterable[Section]] = tuple, **settings: Any) -> None:
        """`notes`: makes further sections of `--help` when they are asked for."""
        settings["context_settings"] = {**HELP_NAMES, **(settings.get("context_settings") or {})}
        super().__init__(*arguments, **settings)
        self._notes = notes

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)

    @override
    def invoke(self, ctx: click.Context) -> None:
        code = super().invoke(ctx)
        assert isinstance(code, Exit), f"{ctx.command_path} returned {code!r}"
        ctx.exit(code)

    @override
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option) and (row := parameter.get_help_record(ctx)) is not None:
                sections.setdefault(getattr(parameter, "heading", "Options"), []).append(row)
        for heading, rows in [*sections.items(), *self._notes()]:
            with formatter.section(heading):
                formatter.write_dl(rows)


command = partial(click.command, cls=Command)
_ARGUMENTS = "findbench.arguments"


def command_line(ctx: click.Context, *further: str) -> str:
    """The command that is running, as a person types it into a shell, with `further` arguments."""
    return " ".join(_quoted(each) for each in (*ctx.command_path.split(), *ctx.meta[_ARGUMENTS], *further))


def _quoted(argument: str) -> str:
    """As `shlex.quote`; what must not reach a terminal as it is stands in bash's and zsh's `$'...'`, byte by byte."""
    if argument == clean(argument) and argument.isprintable():
        return shlex.quote(argument)
    return f"$'{''.join(_in_bytes(c) for c in argument)}'"


def _in_bytes(character: str) -> str:
    if character.isascii() and character.isprintable() and character not in "'\\":
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
