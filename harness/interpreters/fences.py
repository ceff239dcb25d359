"""Fenced blocks in a model's text, as in Markdown, and the text around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPEN = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})[ \t]*([\w+-]*)[ \t]*(.*)")


@dataclass(frozen=True)
class Fence:
    """A fenced block that is not blank, without its common indentation."""

    label: str
    """The word after the opening fence, in lower case; empty when there is none."""
    text: str
    closed: bool
    """False when the text ends before the block does."""


def split_fences(text: str) -> tuple[list[Fence], str]:
    """The fenced blocks in order, and the lines outside all of them. A block that is not closed reaches to the end."""
    fences: list[Fence] = []
    outside: list[str] = []
    inside: list[str] = []
    mark, label = "", ""
    for line in split_lines(text):
        if mark:
            if line.strip().startswith(mark) and not line.strip().strip(mark[0]):
                fences.append(_fence(label, inside, closed=True))
                mark = ""
            else:
                inside.append(line)
        elif opened := _OPEN.match(line):
            mark, label, rest = opened[1], opened[2].lower(), opened[3].rstrip()
            inside = [rest] if rest else []
            if rest.endswith(mark):  # the whole block stands on one line
                fences.append(Fence(label, rest[: -len(mark)].strip(), closed=True))
                mark = ""
        else:
            outside.append(line)
    if mark:
        fences.append(_fence(label, inside, closed=False))
    return [fence for fence in fences if fence.text.strip()], "\n".join(outside)


def split_lines(text: str) -> list[str]:
    """Lines as Python counts them in source; `splitlines` would also break string literals at odd separators."""
    return text.replace("\r\n", "\n").split("\n")


def _fence(label: str, lines: list[str], *, closed: bool) -> Fence:
    return Fence(label, "\n".join(_dedent(lines)), closed)


def _dedent(lines: list[str]) -> list[str]:
    """As `textwrap.dedent`, which makes a regular expression of the indentation, however long a model made it."""
    filled = [line if line.strip(" \t") else "" for line in lines]
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in filled if line]
    least, most = min(indents, default=""), max(indents, default="")  # what these two share, all between them share
    common = next((i for i, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), len(least))
    return [line[common:] for line in filled]
