"""`python -m findbench.functions.relations.build`: take all facts from the libraries, store them as data.

The tables ship with the package, so that a suite means the same whatever versions of the libraries are installed, and
that loading takes no second. Needed after a registration in `rules`, or to follow newer libraries.
"""

from __future__ import annotations

import gzip
import json
from importlib import import_module
from pathlib import Path

from findbench.functions.relations.normal import normalise
from findbench.functions.relations.registry import KINDS, RULES, SUBDOMAINS
from findbench.functions.relations.tables import LEAST_EXCLUDED, MOST_EXCLUDED, STORE


def facts() -> dict[str, object]:
    """All tables: inputs that are the same after normalisation and have different outputs are left out."""
    import_module("findbench.functions.relations.rules")  # registers everything, by libraries that only this needs
    tables: dict[str, dict[str, object]] = {}
    for rule in RULES.values():
        pairs: dict[str, tuple[str, str]] = {}
        ambiguous = set()
        for key, value in rule.build():
            form = normalise(key)
            if form in pairs and pairs[form][1] != value:
                ambiguous.add(form)
            pairs[form] = (key, value)
        kept = [pair for form, pair in pairs.items() if form and form not in ambiguous and pair[1]]
        tables[rule.name] = {"kind": rule.kind, "output": rule.output, "pairs": kept}
    kinds: dict[str, object] = {}
    for name, (one, several) in KINDS.items():
        inputs = {normalise(k) for t in tables.values() if t["kind"] == name for k, _ in t["pairs"]}  # type: ignore[attr-defined]
        parts = {}
        for phrase, members in SUBDOMAINS.get(name, []):
            inside = sorted({normalise(member) for member in members()} & inputs)
            parts[phrase] = inside
        parts[f"{several} whose name begins with a letter from A to F"] = sorted(
            x for x in inputs if "a" <= x[0] <= "f"
        )
        parts[f"{several} whose name begins with a letter from M to R"] = sorted(
            x for x in inputs if "m" <= x[0] <= "r"
        )
        fit = {
            phrase: inside
            for phrase, inside in parts.items()
            if len(inside) >= LEAST_EXCLUDED and len(inside) <= MOST_EXCLUDED * len(inputs)
        }
        kinds[name] = {"one": one, "several": several, "subdomains": fit}
    return {"kinds": kinds, "relations": tables}


def main() -> None:
    """Write the data file."""
    data = json.dumps(facts(), ensure_ascii=False, separators=(",", ":")).encode()
    Path(__file__).with_name(STORE).write_bytes(gzip.compress(data, mtime=0))


if __name__ == "__main__":
    main()
