"""A16: memorised functions: no ids shown, suites generated from a seed."""

import json

import numpy as np

from findbench.attacks.arena import Arena
from findbench.functions.strings.generate import generate
from findbench.functions.suites.builtin import load_suite
from findbench.harness.schema.brief import Brief


def test_a_brief_names_no_function_and_no_variant(arena: Arena) -> None:
    assert not {"id", "name", "family", "tags", "variant", "spec"} & set(Brief.model_fields)


def test_another_seed_gives_other_functions() -> None:
    suite = load_suite("mini")  # strings: new numeric functions may need a network trained, which is an extra
    known = {
        json.dumps(f.spec.model_dump(mode="json"), sort_keys=True) for f in suite.values() if f.category == "strings"
    }
    fresh = {json.dumps(s.model_dump(mode="json"), sort_keys=True) for s in generate(np.random.default_rng(987654), 12)}
    assert not known & fresh
