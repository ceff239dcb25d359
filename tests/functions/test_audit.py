"""The audit: the built-in suites pass, and planted faults of every kind are found."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from findbench.functions.audit import audit
from findbench.functions.audit.checks import CHECKS, duplicates
from findbench.functions.audit.probes import Probes
from findbench.functions.base import FloatArray, Function, Inputs, Region
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.functions.suites.make import make_suite
from findbench.functions.suites.suite import Suite

LINE = NumericSpec.model_validate({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}]})


def test_mini_is_sound() -> None:
    calls: list[None] = []
    report = audit(load_suite("mini"), progress=lambda: calls.append(None))
    assert report.failures == []
    assert report.sound
    assert report.functions == len(calls) == 100
    assert {category: labels["total"] for category, labels in report.counts.items()} == {
        "numeric": 25, "strings": 25, "entities": 25, "relations": 25,
    }  # fmt: skip
    assert report.checks["duplicates"] == 4
    assert all(report.checks[name] == 100 for name in CHECKS)


def test_a_fresh_suite_of_numeric_functions_is_sound() -> None:
    assert audit(make_suite("x", 12345, {"numeric": 12}), seed=7).failures == []


class Faulty(NumericFunction):
    """A line with one fault, planted by name."""

    def __init__(self, fault: str) -> None:
        super().__init__("numeric/0000", LINE)
        self.fault = fault
        if fault == "tags":
            self.tags = ("clean", "noise")

    def sample(self, inputs: Inputs, uniforms: FloatArray) -> Any:
        values = super().sample(inputs, uniforms)
        if self.fault == "values":
            values[0] = np.nan
        if self.fault == "complex":
            return values + 0j
        if self.fault == "determinism":
            return values + uniforms
        if self.fault == "batch":
            return values + len(values)
        return values

    @property
    def reference_code(self) -> str:
        return {
            "reference": "def predict(x):\n    return 2.0 * x",
            "raising": "def predict(x):\n    return 1 / 0",
        }.get(self.fault, super().reference_code)

    @property
    def description(self) -> str:
        return {"description": " ", "placeholder": "a line with slope {slope}"}.get(self.fault, super().description)

    def asked(self, rng: np.random.Generator) -> FloatArray:
        x = super().asked(rng)
        return np.concatenate([x, x[:1]]) if self.fault == "twice" else x

    def regions(self) -> list[Region]:
        nowhere = Region("nowhere", lambda x: np.zeros(len(x), dtype=bool), corrupted=True)
        faulty = {"unreached": [nowhere], "names": [Region("here", lambda x: np.ones(len(x), dtype=bool))] * 2}
        return faulty.get(self.fault, super().regions())

    def mutants(self, rng: np.random.Generator, n: int) -> list[Function]:
        if self.fault == "no mutants":
            return []
        return [NumericFunction("numeric/0000~0", LINE)] if self.fault == "mutants" else super().mutants(rng, n)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("values", "values"), ("complex", "values"), ("determinism", "determinism"), ("batch", "determinism"),
        ("reference", "reference"), ("raising", "reference"), ("description", "description"),
        ("placeholder", "description"), ("twice", "samplers"), ("unreached", "samplers"), ("names", "samplers"),
        ("no mutants", "mutants"), ("mutants", "mutants"), ("tags", "tags"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(fault: str, check: str) -> None:
    assert CHECKS[check](Probes(Faulty(fault), 1))
    assert not CHECKS[check](Probes(Faulty("none"), 1))


def lines(*specs: NumericSpec) -> Sequence[str]:
    return [spec.model_dump_json() for spec in specs]


def test_duplicates_and_unsound_specs_fail_the_audit() -> None:
    sine = {"atom": "sine", "amplitude": 0.5, "rate": 1.0, "offset": 25.0}
    hidden = NumericSpec.model_validate({"terms": [sine]})
    report = audit(Suite("bad", 0, 1, {"numeric": [*lines(LINE, LINE, hidden)]}))
    assert {(failure.function, failure.check) for failure in report.failures} >= {
        ("numeric/0000", "duplicates"),
        ("numeric/0002", "soundness"),
    }
    assert not report.sound


def test_functions_that_differ_are_no_duplicates() -> None:
    other = NumericSpec.model_validate({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.5}]})
    pair = [Probes(NumericFunction(f"numeric/000{i}", spec), 1) for i, spec in enumerate((LINE, other))]
    assert duplicates(pair) == []
