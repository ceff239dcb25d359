"""What submitted code is asked of a string function: the same for every function, whatever it is.

A mixture of texts of many kinds, and for every case that any operation tells apart, texts that fall into it. Only what
ASCII has decides (letters, digits, spaces, punctuation): what `isalpha` or `upper` say of other letters is a trap.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING

from findbench.functions.strings import inputs
from findbench.functions.strings.evaluate import fork
from findbench.functions.strings.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from findbench.functions.strings.registry import Branch, Operation

LONGEST = 40
"""Most characters of a text that may be queried."""
TEXTS = 2048
"""Different texts asked, of at most `LONGEST` characters."""
GENERAL = 0.4
"""Share of them that is drawn from the general mixture; the rest is shared by the cases of all operations."""
BEYOND = 256
"""Different texts asked that are longer."""
LONGEST_BEYOND = 200
"""Most characters of those."""


def asked(rng: np.random.Generator, subject: str) -> list[str]:  # noqa: ARG001 - all string functions have one brief
    """2,048 different texts of at most 40 characters, and 256 that are longer."""
    random = fork(rng)
    texts = _different(random, round(GENERAL * TEXTS), _short(inputs.text), {})
    texts = _different(random, TEXTS, _short(_case), texts)
    return [*texts, *beyond(rng)]


def beyond(rng: np.random.Generator) -> list[str]:
    """256 different ASCII texts of 41 to 200 characters, evenly spread over the lengths up to one text's."""
    return list(_different(fork(rng), BEYOND, _long, {}))


def _different(random: Random, n: int, make: Callable[[Random], str | None], texts: dict[str, None]) -> dict[str, None]:
    while len(texts) < n:
        text = make(random)
        if text is not None:
            texts[text] = None
    return texts


def _short(make: Callable[[Random], str]) -> Callable[[Random], str | None]:
    """`make`, and None for what is too long."""

    def made(random: Random) -> str | None:
        text = make(random)
        return text if len(text) <= LONGEST else None

    return made


def _case(random: Random) -> str:
    """A text for one of the cases that operations tell apart, each as likely as any other."""
    operation, branch = inputs.pick(random, inputs.pick(random, _cases()))
    return branch.make(random, {name: inputs.pick(random, grid) for name, grid in operation.grids.items()})


@cache
def _cases() -> list[list[tuple[Operation, Branch]]]:
    """The cases of all operations, those of one name together."""
    found: dict[str, list[tuple[Operation, Branch]]] = {}
    for operation in OPERATIONS.values():
        for branch in operation.branches:
            found.setdefault(branch.name, []).append((operation, branch))
    return list(found.values())


def _long(random: Random) -> str | None:
    """Texts of the mixture and of the cases one after the other, up to a random length; None beside ASCII."""
    wanted, text = inputs.some(random, LONGEST + 1, LONGEST_BEYOND), ""
    while len(text) < wanted:
        part = (_case if random.random() < 0.5 else inputs.text)(random)
        text = f"{text} {part}" if text else part
    text = text[:wanted]
    return text if text.isascii() else None
