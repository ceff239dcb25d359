"""The relations, by library; importing a module registers its relations."""

from findbench.functions.relations.rules import cities, countries, elements, languages, words

__all__ = ["cities", "countries", "elements", "languages", "words"]
