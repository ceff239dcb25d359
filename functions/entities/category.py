"""The category `entities`."""

from __future__ import annotations

from findbench.functions.category import Category
from findbench.functions.entities.function import EntitiesFunction, EntitiesSpec
from findbench.functions.entities.generate import generate, problems

CATEGORY = Category(
    package=__package__,
    spec=EntitiesSpec,
    build=EntitiesFunction,
    generate=generate,
    problems=problems,
    audit_inputs=80,
    introduction="Text in, a number in [0, 1] out: how strongly a synthetic neuron for one concept, or for either of "
    "two, responds to a word.",
)
