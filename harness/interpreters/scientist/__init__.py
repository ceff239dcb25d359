"""The scientist: a classical interpreter without a language model, the informed anchor of a table.

It knows the grammar of functions (the public families, rules and concepts in `functions`), as no language model is
told; it sees a function only through `lab.run`, like any other interpreter.
"""

from __future__ import annotations

from collections.abc import Callable

from findbench.functions.discovery import load_object
from findbench.harness.interpreters.base import LabLike
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import CustomNote

Method = Callable[[LabLike, Brief], Interpretation]

_HERE = "findbench.harness.interpreters.scientist"
METHODS: dict[str, str] = {
    "numeric": f"{_HERE}.numeric:interpret",
    "strings": f"{_HERE}.strings:interpret",
    "entities": f"{_HERE}.entities:interpret",
    "relations": f"{_HERE}.relations:interpret",
}
"""Category -> the method for it, imported when it is first used: some know large tables."""
GENERAL: dict[tuple[str, str], str] = {
    ("number", "number"): METHODS["numeric"],
    ("text", "text"): METHODS["strings"],
}
"""Kinds of inputs and outputs -> the method for a category that has none of its own."""


class Scientist:
    """Asks what tells the hypotheses of a category's grammar apart, and submits the one that explains the answers."""

    name = "scientist"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """Play one episode. Without a method for the function the interpretation is empty, and a note says why."""
        path = METHODS.get(brief.category) or GENERAL.get((brief.input_kind, brief.output_kind))
        if path is None:
            kinds = f"from {brief.input_kind} to {brief.output_kind}"
            why = f"the scientist has no method for the category {brief.category!r}, and none for functions {kinds}"
            lab.note(CustomNote(kind="unsupported", data={"why": why}))
            return Interpretation()
        method: Method = load_object(path)
        return method(lab, brief)
