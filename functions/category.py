"""What a category is: all that suites, audit, prompts and documents need to know of a kind of function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from findbench.functions.base import Function, Spec
    from findbench.functions.suites.suite import Suite

Progress = Callable[[int], None]
"""Told how many more functions there are."""


def ignore_progress(n: int) -> None:
    """A `Progress` for whoever does not watch."""


class Generate(Protocol):
    """`count` different sound specs from a generator's state. Raises `SuiteError` when there are not as many."""

    def __call__(self, rng: np.random.Generator, count: int, progress: Progress = ignore_progress) -> Sequence[Spec]:
        """`progress(n)` is called after each `n` specs, `count` in all."""


@dataclass(frozen=True, kw_only=True)
class Category:
    """One kind of function. `findbench.functions.categories` lists them; docs/extending.md builds one.

    How an answer is compared, which scores there are and how many held-out inputs, a `Function` says by itself, since
    functions that belong to no suite are scored too.
    """

    package: str
    """The category's package, whose last part is the category's name. Its prompts are the files `prompts/*.txt`."""
    spec: type[Spec]
    build: Callable[[str, Any], Function]
    """(id, spec) -> the function."""
    generate: Generate
    problems: Callable[[np.random.Generator, Any], list[str]]
    """(generator, spec) -> what is unsound, one line each; [] when sound. The audit asks this of every function."""
    audit_inputs: int
    """Held-out global inputs with which the audit looks at a function."""
    budget: int = 100
    """Queries of `f` in one episode, unless a run says otherwise: enough for who plans them, too few for a table."""
    variants: frozenset[str] = frozenset()
    """Exactly one of these labels must be among a function's tags; empty: no such rule."""
    introduction: str
    """What goes in and what comes out, in one or two sentences, for the documents."""
    page: Callable[[Suite], list[str]] | None = None
    """Paragraphs (Markdown) of docs/functions.md, from the suite `mini`; None: the introduction and a few examples."""

    @property
    def name(self) -> str:
        """The first part of the ids of its functions."""
        return self.package.rpartition(".")[2]

    @property
    def prompts(self) -> dict[str, str]:
        """What a model is told of these functions, by name: `category`, what kind of function it is, and `families`,
        which families there are; `subject` where its functions have one. A category may have `types` and `submit`, what
        goes in and out and what to submit, in place of what is said of all functions of these kinds."""
        files = (file for file in resources.files(self.package).joinpath("prompts").iterdir())
        return {
            file.name.removesuffix(".txt"): file.read_text(encoding="utf-8").strip()
            for file in sorted(files, key=lambda file: file.name)
            if file.name.endswith(".txt")
        }
