"""Relations: an entity's name in, another's out, after facts of maintained libraries."""

from findbench.functions.relations.function import RelationsFunction, RelationsSpec
from findbench.functions.relations.generate import catalogue, generate, problems

__all__ = ["RelationsFunction", "RelationsSpec", "catalogue", "generate", "problems"]
