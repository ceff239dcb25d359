"""Relations of chemical elements: facts of periodictable."""

from __future__ import annotations

from typing import Any

import periodictable

from findbench.functions.relations.registry import kind, rule, subdomain

kind("element", "a chemical element", "elements")
kind("symbol", "the symbol of a chemical element", "symbols")


def _elements() -> list[Any]:
    return [e for e in periodictable.elements if e.number > 0]


rule("element to symbol", "element", "the chemical symbol")(lambda: ((e.name, e.symbol) for e in _elements()))
rule("element to atomic number", "element", "the atomic number")(lambda: ((e.name, str(e.number)) for e in _elements()))
rule("element to mass", "element", "the standard atomic mass, rounded to a whole number,")(
    lambda: ((e.name, str(round(e.mass))) for e in _elements() if e.number <= 92)
)
rule("symbol to element", "symbol", "the English name")(lambda: ((e.symbol, e.name) for e in _elements()))
rule("symbol to atomic number", "symbol", "the atomic number")(lambda: ((e.symbol, str(e.number)) for e in _elements()))

subdomain(
    "element",
    "elements heavier than iron (atomic number above 26)",
    lambda: (e.name for e in _elements() if e.number > 26),
)
subdomain("element", "the first twenty elements", lambda: (e.name for e in _elements() if e.number <= 20))
subdomain(
    "element", "elements whose name ends in -ium", lambda: (e.name for e in _elements() if e.name.endswith("ium"))
)
subdomain(
    "element",
    "elements heavier than uranium (atomic number above 92)",
    lambda: (e.name for e in _elements() if e.number > 92),
)
subdomain("symbol", "symbols of one letter", lambda: (e.symbol for e in _elements() if len(e.symbol) == 1))
subdomain(
    "symbol",
    "symbols of elements heavier than iron (atomic number above 26)",
    lambda: (e.symbol for e in _elements() if e.number > 26),
)
subdomain(
    "symbol",
    "symbols of elements heavier than uranium (atomic number above 92)",
    lambda: (e.symbol for e in _elements() if e.number > 92),
)
