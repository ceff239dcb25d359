"""The console of every command, for tables and live views: its escapes are rich's own alone."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text
from typing_extensions import override

from findbench.harness.report.sanitise import clean

WIDTH = 150
"""Columns of output that goes to a file or a pipe, where nothing says how wide the reader's window is."""


def one_line(console: Console, line: str) -> None:
    """Print a line that is not wrapped, whatever a name in it holds."""
    console.print(Text(clean(line).replace("\n", "\\x0a")), soft_wrap=True)


class Terminal(Console):
    """Cleans whatever is rendered, and does not guess at markup or emoji in it."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)
        if not self.is_terminal and "COLUMNS" not in os.environ:
            self.width = WIDTH

    @override
    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=clean(segment.text))
