"""The scientist: a classical interpreter without a language model, the informed anchor of a table.

It knows the grammar of functions (the public families in `functions.numeric`), as no language model is told; it sees
a function only through `lab.run`, like any other interpreter.
"""

from __future__ import annotations

from harness.errors import UsageError
from harness.interpreters import Brief, Interpretation, LabLike
from harness.interpreters.scientist.numeric import study


class Scientist:
    """Samples adaptively, tells noise from corruption, fits families, submits the best by an information criterion."""

    name = "scientist"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        """One episode. Raises UsageError for a category that it does not study."""
        if brief.category != "numeric":
            raise UsageError(f"the scientist studies numeric functions, not {brief.category}; add --category numeric")
        return study(lab, brief)
