"""Entities: synthetic neurons that respond to the words of one concept, or of either of two."""

from findbench.functions.entities.concepts import auc_report
from findbench.functions.entities.function import EntitiesFunction, EntitiesSpec
from findbench.functions.entities.generate import catalogue, generate, problems

__all__ = ["EntitiesFunction", "EntitiesSpec", "auc_report", "catalogue", "generate", "problems"]
