"""The category `relations`."""

from __future__ import annotations

from findbench.functions.category import Category
from findbench.functions.relations.function import RelationsFunction, RelationsSpec
from findbench.functions.relations.generate import generate, problems

CATEGORY = Category(
    package=__package__,
    spec=RelationsSpec,
    build=RelationsFunction,
    generate=generate,
    problems=problems,
    audit_inputs=80,
    budget=50,  # most tables have fewer entities than 100: a table of all answers would need no rule
    introduction="An entity's name in, another entity's name out, after a rule about the world; `undefined` outside "
    "the rule's domain and in an excluded sub-domain.",
)
