"""`python -m findbench.functions.entities.build`: calibrate the concepts of `concepts.txt` and the facts.

Concepts whose words, each left out of the centroid in turn, do not stand out from the background are dropped.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from findbench.functions.entities.concepts import STORE, background, directions, similarities
from findbench.functions.relations.tables import table

LEAST_AUC = 0.9
"""Concepts below are dropped."""
BACKGROUND_QUANTILE = 0.99
"""Quantile of the background similarities at which the activation is logistic(-STEEPNESS) at most."""
STEEPNESS = 3.0
MOST_WORDS = 20
FROM_FACTS = {
    "countries of Africa": ("country to capital", "countries in Africa"),
    "countries of Asia": ("country to capital", "countries in Asia"),
    "countries of Europe": ("country to capital", "countries in Europe"),
    "countries of North America": ("country to capital", "countries in North America"),
    "countries of South America": ("country to capital", "countries in South America"),
    "chemical elements": ("element to symbol", "the first twenty elements"),
    "months of the year": ("date in French", "months"),
    "states of the United States": ("US state to code", None),
    "languages": ("language to code", None),
}
"""Name -> relation and sub-domain whose inputs are the lexicon."""


def auc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """Probability that one of `inside` exceeds one of `outside`, ties counting half."""
    above = (inside[:, None] > outside[None, :]).mean() + 0.5 * (inside[:, None] == outside[None, :]).mean()
    return round(float(above), 4)


def lexicons() -> dict[str, tuple[str, ...]]:
    """Name -> words, from the list and from the facts of the relations."""
    found = {}
    for line in Path(__file__).with_name("concepts.txt").read_text(encoding="utf-8").splitlines():
        name, _, words = line.partition(": ")
        found[name] = tuple(dict.fromkeys(word.strip() for word in words.split(",")))
    for name, (relation, phrase) in FROM_FACTS.items():
        facts = table(relation)
        inside = facts.subdomains[phrase] if phrase else set(facts.facts)
        single = sorted(word for word in inside if word.isascii() and " " not in word)
        found[name] = tuple(single[:: max(1, len(single) // MOST_WORDS)][:MOST_WORDS])
    return found


def calibrate(name: str, lexicon: tuple[str, ...]) -> dict[str, object]:
    """The stored entry of one concept."""
    words = set(lexicon)
    outside = similarities(lexicon, directions([word for word in background() if word not in words]))
    left_out = np.array(
        [similarities((*lexicon[:i], *lexicon[i + 1 :]), directions([word]))[0] for i, word in enumerate(lexicon)]
    )
    low, high = (
        float(np.quantile(outside, BACKGROUND_QUANTILE)),
        float(np.median(similarities(lexicon, directions(list(lexicon))))),
    )
    threshold, scale = round((low + high) / 2, 4), round(max(high - low, 0.02) / 2 / STEEPNESS, 4)
    return {"name": name, "lexicon": lexicon, "threshold": threshold, "scale": scale, "auc": auc(left_out, outside)}


def main() -> None:
    """Write the data file."""
    entries = [calibrate(name, words) for name, words in lexicons().items()]
    kept = [entry for entry in entries if float(str(entry["auc"])) >= LEAST_AUC]
    text = "[\n" + ",\n".join(json.dumps(entry) for entry in kept) + "\n]\n"
    Path(__file__).with_name(STORE).write_text(text, encoding="utf-8")
    print(f"{len(kept)} concepts kept of {len(entries)}; dropped: {[e['name'] for e in entries if e not in kept]}")


if __name__ == "__main__":
    main()
