"""The memoriser on texts: a table of words and phrases, and for others the nearest ones or the usual output."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from findbench.functions.entities.concepts import pool
from findbench.functions.relations.tables import tables
from findbench.functions.strings.function import StringsFunction
from findbench.functions.strings.inputs import text
from findbench.harness.interpreters.memoriser import lookup
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.interpreters.asking import Questions
    from findbench.harness.schema.brief import Brief

TABLE_CHARACTERS = 80_000
"""Most characters of a table: submitted code may have 100,000."""
LEAST_LIKENESSES = (0.0, 0.3, 0.5, 0.7, 0.9, 2.0)
"""From this likeness on, the nearest text's output may be taken for one that was not asked (2: never)."""
PULLS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Weights of the usual output beside those of the nearest texts."""
NEIGHBOURS = 8
"""How many of the nearest texts have a part in an output that is a number."""

CODE = """\
{source}

KEYS = {keys}
OUTPUTS = {outputs}
NEAREST = Nearest(KEYS)
EXACT = dict(zip(KEYS, OUTPUTS))
LIKE = {{plain(key): output for key, output in EXACT.items()}}


def predict(x):
    if x in EXACT:
        return EXACT[x]
    if plain(x) in LIKE:
        return LIKE[plain(x)]
    return {answer}(NEAREST.of(x, {count}), OUTPUTS, {usual!r}, {setting!r})
"""
_SOURCE = inspect.getsource(lookup)
"""Read with the module: later the file may be another."""


def _mixture(random: Random, brief: Brief) -> list[str]:
    return [text(random) for _ in range(2 * brief.budget + 20)]


def _entities(random: Random, brief: Brief) -> list[str]:  # noqa: ARG001 - one signature
    return _shuffled(random, pool())


def _relations(random: Random, brief: Brief) -> list[str]:
    """The inputs of the brief's kind of entity, then those of all others; without a subject all alike."""
    kinds: dict[bool, list[str]] = {True: [], False: []}
    for table in tables().values():
        kinds[table.one == brief.subject] += [key for key, _ in table.pairs]
    return [key for known in (True, False) for key in dict.fromkeys(_shuffled(random, kinds[known]))]


WORTH_ASKING: dict[str, Callable[[Random, Brief], list[str]]] = {"entities": _entities, "relations": _relations}
"""Category -> public texts that its functions may answer, in the order in which they are asked. For others: a mixture
of words, phrases, numbers and symbols."""


def _shuffled(random: Random, items: Sequence[str]) -> list[str]:
    return random.sample(list(items), len(items))


def table_of_texts(questions: Questions, brief: Brief) -> str:
    """The code of the table that the budget buys; empty when nothing came back."""
    random = Random(derive("memoriser", brief.seed))
    drawn = WORTH_ASKING.get(brief.category, _mixture)(random, brief)
    wanted = [x for x in dict.fromkeys(drawn) if len(x) <= StringsFunction.longest_query][: questions.remaining]
    pairs = _fitting(list(zip(wanted, questions.ask(wanted), strict=False)))
    if not pairs:
        return ""
    keys, outputs = [x for x, _ in pairs], [y for _, y in pairs]
    nearest = lookup.Nearest(keys)
    near = [nearest.of(key, NEIGHBOURS, place) for place, key in enumerate(keys)]
    numbers = brief.output_kind == "number"
    settings = PULLS if numbers else LEAST_LIKENESSES
    usual: Any = sum(outputs) / len(outputs) if numbers else _most_frequent(outputs)

    def missed(setting: float) -> float:
        """What is missed of the table when each of its texts in turn is looked for among the others."""
        pairs = list(zip(near, outputs, strict=True))
        if numbers:
            return float(sum((lookup.mean_of(each, outputs, usual, setting) - y) ** 2 for each, y in pairs))
        return float(sum(lookup.one_of(each, outputs, usual, setting) != y for each, y in pairs))

    return CODE.format(
        source=_SOURCE,
        keys=keys,
        outputs=outputs,
        answer=(lookup.mean_of if numbers else lookup.one_of).__name__,
        count=NEIGHBOURS,
        usual=usual,
        setting=min(settings, key=missed),
    )


def _most_frequent(outputs: Sequence[Any]) -> Any:
    """Of texts or rows."""
    return json.loads(Counter(map(json.dumps, outputs)).most_common(1)[0][0])


def _fitting(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The first pairs, as many as fit into submitted code."""
    length, kept = 0, []
    for pair in pairs:
        length += len(repr(pair)) + 4
        if length > TABLE_CHARACTERS:
            break
        kept.append(pair)
    return kept
