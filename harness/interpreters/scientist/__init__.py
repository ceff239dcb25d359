"""The scientist: a classical interpreter without a language model, the informed anchor of a table.

It knows the grammar of functions (the public families, rules and concepts in `functions`), as no language model is
told; it sees a function only through `lab.run`, like any other interpreter.
"""

from __future__ import annotations

from collections.abc import Callable

from findbench.harness.interpreters import LabLike
from findbench.harness.interpreters.scientist import entities, numeric, relations, strings
from findbench.harness.schema import Brief, Interpretation

STUDIES: dict[str, Callable[[LabLike, Brief], Interpretation]] = {
    "entities": entities.study,
    "relations": relations.study,
    "numeric": numeric.study,
    "strings": strings.study,
}


class Scientist:
    """Asks what tells the hypotheses of a category's grammar apart, and submits the one that explains the answers."""

    name = "scientist"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """One episode."""
        return STUDIES[brief.category](lab, brief)
