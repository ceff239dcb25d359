"""Budgets: how many queries an episode has, and what tells of it."""

from typing import Any

import pytest
from run_help import ROOT, SECRET, FakeLabs, config, findbench

import findbench as fb
from findbench.functions.base import Function
from findbench.functions.categories import CATEGORIES, load_category
from findbench.functions.suites.builtin import load_suite
from findbench.harness import episode
from findbench.harness.episode import Attempts, Episode
from findbench.harness.interpreters.base import LabLike
from findbench.harness.lab.lab import Lab
from findbench.harness.replay import replay
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import CustomNote
from findbench.harness.schema.records import EpisodeRecord
from findbench.harness.schema.score import Score

SUITE = load_suite("smoke")
CUSTOM = Function.from_callable(lambda x: x, name="own")


class Asker:
    """Notes what it may query, and asks as often."""

    name = "asker"

    def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
        lab.note(CustomNote(kind="left", data={"brief": brief.budget, "lab": lab.remaining}))
        lab.run("print(f.left, [f('x') for _ in range(f.left)][:1])")
        return Interpretation()


def told(record: EpisodeRecord) -> dict[str, Any]:
    (note,) = (event for event in record.transcript if isinstance(event, CustomNote))
    return note.data


def test_every_category_has_a_budget_of_its_own() -> None:
    found = {name: load_category(name).budget for name in CATEGORIES}
    assert found == {"numeric": 100, "strings": 100, "entities": 100, "relations": 50}


def test_the_help_and_the_page_name_the_budgets_of_the_categories() -> None:
    told = " ".join(findbench("run", "--help").stdout.split())
    page = (ROOT / "docs" / "running.md").read_text()
    assert {load_category(name).budget for name in CATEGORIES} == {100, 50}, "these two places say so in words"
    assert "Default: the category's own (100, relations 50)" in told
    assert "as many as the category has, 100 (relations 50)" in page


@pytest.mark.parametrize(("id_", "own"), [("numeric/0000", 100), ("strings/0001", 100), ("relations/0002", 50)])
def test_an_episode_has_the_budget_of_the_run_or_else_of_its_category(id_: str, own: int) -> None:
    assert Episode(SUITE[id_], 0, config(budget=None), SECRET).budget == own
    assert Episode(SUITE[id_], 0, config(budget=None), SECRET).brief().budget == own
    assert Episode(SUITE[id_], 0, config(budget=7), SECRET).budget == 7
    assert Episode(SUITE[id_], 0, config(budget=0), SECRET).brief().budget == 0


def test_a_function_of_ones_own_has_as_many_as_a_lab_without_a_run() -> None:
    with Lab(CUSTOM) as lab:
        assert Episode(CUSTOM, 0, config(budget=None), SECRET).budget == lab.budget == 100


def test_the_lab_the_brief_and_the_record_agree_on_it() -> None:
    record = fb.study(SUITE["relations/0000"], Asker())
    assert told(record) == {"brief": 50, "lab": 50}
    assert (record.budget, record.queries) == (50, 50)
    assert fb.study(SUITE["relations/0000"], Asker(), budget=3).queries == 3


def test_a_replay_has_the_budget_of_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of today's category: the experiment printed what was left."""
    monkeypatch.setattr(episode, "score_episode", lambda *_, **__: Score())
    function, run = SUITE["relations/0001"], config(budget=None)
    record = fb.study(function, Asker())
    monkeypatch.setattr("findbench.functions.relations.category.CATEGORY", load_category("numeric"))
    assert Episode(function, 0, run, SECRET).budget == 100
    assert [each.identical for each in replay(record, function, run)] == [True]
    old = record.model_copy(update={"budget": None})  # of findbench 0.1, where the configuration always has a number
    assert [each.identical for each in replay(old, function, config(budget=50))] == [True]
    assert [each.identical for each in replay(old, function, config(budget=49))] == [False]


def test_the_budget_of_the_run_reaches_the_record() -> None:
    made = Episode(SUITE["numeric/0000"], 0, config(budget=12), SECRET)
    assert Attempts(made, Asker(), FakeLabs()).give_up().budget == 12
