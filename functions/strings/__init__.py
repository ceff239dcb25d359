"""String functions: text in, text out; one operation of the registry, or two composed."""

from functions.strings.catalogue import catalogue
from functions.strings.function import StringsFunction
from functions.strings.generate import generate
from functions.strings.operations import OPERATIONS, Operation
from functions.strings.soundness import problems
from functions.strings.spec import Step, StringsSpec

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
