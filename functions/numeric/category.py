"""The category `numeric`."""

from __future__ import annotations

from findbench.functions.category import Category
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.generate import generate
from findbench.functions.numeric.page import page
from findbench.functions.numeric.soundness import problems
from findbench.functions.numeric.spec import NumericSpec

CATEGORY = Category(
    package=__package__,
    spec=NumericSpec,
    build=NumericFunction,
    generate=generate,
    problems=problems,
    audit_inputs=512,
    variants=frozenset({"clean", "noise", "corruption", "approximation"}),
    introduction="A finite float in, a finite float out.",
    page=page,
)
