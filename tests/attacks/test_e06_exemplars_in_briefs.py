"""E6: a brief that gives exemplars inside of regions to interpreters that are not meant to have them."""

from collections import defaultdict

import numpy as np

from findbench.functions.discovery import load_object
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.suites.builtin import load_suite
from findbench.harness.episode import Episode, run_episode
from findbench.harness.interpreters.base import LabLike, needs_of
from findbench.harness.interpreters.table import INTERPRETERS
from findbench.harness.lab.factory import LabFactory
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.records import EpisodeConfig
from findbench.harness.seeds import new_secret

SUITE = load_suite("mini")
MEANT = {"milan", "aia+exemplars", "constant", "nearest", "memoriser"}
"""FIND's two interpreters that start from exemplars, and the baselines that know no other inputs of some kinds."""


def told(brief: Brief) -> str:
    return brief.model_copy(update={"seed": 0}).model_dump_json()


def test_the_brief_of_a_function_is_that_of_every_other_of_its_sort() -> None:
    secret = new_secret()
    briefs = defaultdict(set)
    for function in SUITE.values():
        brief = Episode(function, 0, EpisodeConfig(), secret).brief()
        briefs[brief.category, brief.subject, brief.input_kind, brief.output_kind].add(told(brief))
    assert {category for category, *_ in briefs} == set(SUITE.counts)
    assert all(len(each) == 1 for each in briefs.values())


def test_only_those_get_exemplars_that_are_meant_to_have_them() -> None:
    declared = {name for name, entry in INTERPRETERS.items() if "exemplars" in needs_of(load_object(entry.path))}
    assert declared == MEANT


def test_an_interpreter_of_ones_own_gets_none() -> None:
    seen = []

    class Looking:
        name = "looking"

        def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
            seen.append(brief)
            return Interpretation()

    for id_ in ("numeric/0000", "strings/0000", "relations/0000", "entities/0000"):
        run_episode(Episode(SUITE[id_], 0, EpisodeConfig(), new_secret()), Looking(), LabFactory(Limits()))
    assert [(brief.exemplar_inputs, brief.form) for brief in seen] == [((), None)] * 4


def test_exemplars_give_regions_away() -> None:
    """Its teeth: whoever gets them sees where the corruption lies, by where they crowd."""
    found, chance = 0, 0.0
    corrupted = [
        function
        for function in load_suite("find").values()
        if isinstance(function, NumericFunction)
        and function.spec.corruption is not None
        and function.spec.corruption.where == "inside"
    ]
    for function in corrupted:
        exemplars = Episode(function, 0, EpisodeConfig(), new_secret()).brief(frozenset({"exemplars"})).exemplar_inputs
        x = np.sort(np.array(exemplars, dtype=float))
        start = int(np.argmin(x[2:] - x[:-2]))  # the three that lie closest together
        assert function.spec.corruption is not None
        low, high = function.spec.corruption.interval
        found += bool(low <= x[start + 1] <= high)
        chance += (high - low) / 256
    assert len(corrupted) > 20
    assert found > 3 * chance
