"""Pieces of the generated pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from findbench.functions.base import Function


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table, its cells escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def ground_truth(function: Function) -> str:
    """A function's description and its reference code."""
    return f"> {function.description}\n\n```python\n{function.reference_code.rstrip()}\n```"
