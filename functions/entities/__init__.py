"""Entities: synthetic neurons that respond to the words of one concept, or of either of two."""
