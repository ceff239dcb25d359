"""Entities: calibrated activations that separate a concept's words from all others, total on any string."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from drawn import global_inputs
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.functions.entities.build import LEAST_AUC, calibrate
from findbench.functions.entities.concepts import concepts
from findbench.functions.entities.function import EntitiesFunction, EntitiesSpec
from findbench.functions.entities.generate import generate, problems
from findbench.functions.errors import SuiteError
from findbench.functions.kinds import FloatArray

BY_NAME = {concept.name: concept for concept in concepts()}


def neuron(*names: str) -> EntitiesFunction:
    return EntitiesFunction("entities/0000", EntitiesSpec(concepts=tuple(BY_NAME[name] for name in names)))


def test_related_words_respond_and_others_do_not() -> None:
    high, low = neuron("musical instruments").target(["Violin", "piano"]), neuron("weather").target(["violin", "piano"])
    assert high.min() > 0.8
    assert low.max() < 0.2


def test_two_concepts_respond_to_the_words_of_either() -> None:
    both = neuron("musical instruments", "weather")
    words = ["violin", "rain", "snow", "banjo", "brick"]
    singles = [neuron(name).target(words) for name in ("musical instruments", "weather")]
    assert both.target(words).tolist() == np.maximum(*singles).tolist()
    assert {region.name for region in both.regions()} == {"musical instruments", "weather"}
    assert both.tags == ("clean", "composition")


def test_there_are_many_concepts_calibrated_as_the_build_would_and_they_stand_out_from_the_background() -> None:
    assert len(concepts()) >= 150
    for concept in concepts()[::15]:
        made = calibrate(concept.name, concept.lexicon)
        assert isinstance(made["auc"], float)
        assert made["auc"] >= LEAST_AUC
        assert (made["threshold"], made["scale"]) == (concept.threshold, concept.scale)


def test_the_full_size_has_the_mix_of_find_and_reproduces() -> None:
    specs = generate(np.random.default_rng(5), 200)
    assert specs == generate(np.random.default_rng(5), 200)
    assert sum(len(spec.concepts) == 1 for spec in specs) == 140
    assert len({frozenset(c.name for c in spec.concepts) for spec in specs}) == 200
    for spec in specs[::20]:
        assert problems(np.random.default_rng(0), spec) == []
    with pytest.raises(SuiteError, match="ask for fewer"):
        generate(np.random.default_rng(5), 100_000)


def test_reference_code_agrees_and_mutants_differ() -> None:
    for spec in generate(np.random.default_rng(2), 6):
        function = EntitiesFunction("entities/0000", spec)
        words = [str(word) for word in global_inputs(function)]
        names: dict[str, Any] = {}
        exec(function.reference_code, names)
        expected = function.target(words)
        assert np.abs(np.array([names["predict"](word) for word in words]) - expected).max() <= 0.01
        mutants = function.mutants(np.random.default_rng(0), 3)
        assert mutants
        own = [word for concept in spec.concepts for word in concept.lexicon]
        for mutant in mutants:
            assert isinstance(mutant, EntitiesFunction)
            probe = own + [str(word) for word in global_inputs(mutant)]
            assert np.abs(mutant.target(probe) - function.target(probe)).max() > 0.2


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_string_has_a_finite_activation_whatever_its_batch(text: str) -> None:
    function = neuron("weather")
    value = function.target([text])[0]
    assert 0 <= value <= 1
    assert function.target(["rain", text, "brick"])[1] == value


def test_nothing_and_a_lone_surrogate_are_inputs_too() -> None:
    values = neuron("weather").target(["", "  ", "\ud800"])
    assert values[:2].tolist() == [0.0, 0.0]
    assert np.isfinite(values).all()


def test_another_backend_takes_the_place_of_the_embeddings() -> None:
    def backend(concepts: Sequence[str], inputs: Sequence[str]) -> FloatArray:
        assert concepts == ["weather"]
        return np.array([float(len(word) > 3) for word in inputs])

    function = EntitiesFunction("entities/0000", neuron("weather").spec, backend)
    assert function.target(["sun", "cloud"]).tolist() == [0.0, 1.0]
