"""The category `strings`."""

from __future__ import annotations

from findbench.functions.category import Category
from findbench.functions.strings.function import StringsFunction
from findbench.functions.strings.generate import generate
from findbench.functions.strings.soundness import problems
from findbench.functions.strings.spec import StringsSpec

CATEGORY = Category(
    package=__package__,
    spec=StringsSpec,
    build=StringsFunction,
    generate=generate,
    problems=problems,
    audit_inputs=200,
    introduction="Text in, text out: one operation, or two composed. Deterministic, and total on any Unicode string.",
)
