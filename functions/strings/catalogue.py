"""All operations with an example each, for the documentation."""

from __future__ import annotations

from random import Random

from findbench.functions.strings.evaluate import runner, showing
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.spec import Step, StringsSpec


def catalogue() -> list[tuple[str, str, str, str]]:
    """(name, description, example input, its output) of every operation, with the first value of each parameter."""
    found = []
    for name, operation in OPERATIONS.items():
        parameters = next(operation.settings())
        spec = StringsSpec(steps=(Step(operation=name, parameters=parameters),))
        shown = showing(Random(name), spec, 1)[0]  # a text seeds through its SHA-512, alike on every machine
        found.append((name, operation.describe(parameters), shown, runner(spec)(shown)))
    return found
