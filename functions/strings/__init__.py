"""String functions: text in, text out; one operation of the registry, or two composed."""

from findbench.functions.strings.catalogue import catalogue
from findbench.functions.strings.function import StringsFunction
from findbench.functions.strings.generate import generate
from findbench.functions.strings.operations import OPERATIONS, Operation
from findbench.functions.strings.soundness import problems
from findbench.functions.strings.spec import Step, StringsSpec

__all__ = [
    "OPERATIONS",
    "Operation",
    "Step",
    "StringsFunction",
    "StringsSpec",
    "catalogue",
    "generate",
    "problems",
]
