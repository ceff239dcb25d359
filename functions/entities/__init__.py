"""Entities: synthetic neurons that respond to the words of one concept, or of either of two."""

from functions.entities.concepts import auc_report
from functions.entities.function import EntitiesFunction, EntitiesSpec
from functions.entities.generate import catalogue, generate, problems

__all__ = ["EntitiesFunction", "EntitiesSpec", "auc_report", "catalogue", "generate", "problems"]
