"""Numeric functions: values, noise, corruption, networks, speed paths, identity."""

import json
import math
from typing import Any

import numpy as np
import pytest
from drawn import global_inputs, region_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from findbench.functions.categories import load_category
from findbench.functions.numeric.atom import Atom
from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.network import Network
from findbench.functions.numeric.noise import Noise, draw_noise
from findbench.functions.numeric.rounding import round_mantissa
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.numeric.tolerance import spec_scale
from findbench.functions.suites.builtin import load_suite


def make(*terms: dict[str, object], **rest: object) -> NumericFunction:
    return NumericFunction("numeric/0000", NumericSpec.model_validate({"terms": terms, **rest}))


LINE = {"atom": "linear", "slope": 2.0, "intercept": 1.0}
SINE = {"atom": "sine", "amplitude": 5.0, "rate": 1.3, "offset": 0.0}
HOLE = {"where": "inside", "low": 10.0, "high": 30.0, "mean": 7.0}


def numeric_functions() -> list[NumericFunction]:
    return [f for f in load_suite("mini").values() if isinstance(f, NumericFunction)]


def uniforms(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(n)


def predict(function: NumericFunction, x: float) -> float:
    names: dict[str, Any] = {}
    exec(function.reference_code, names)
    return float(names["predict"](x))


def test_all_sixteen_atoms_and_the_two_staircases_are_registered() -> None:
    alone = {name for name, atom in Atom.registry.items() if atom.alone}
    assert alone == {
        "linear", "polynomial", "absolute", "root", "logarithm", "step", "relu", "tanh", "constant", "sine", "cosine",
        "reciprocal", "gaussian", "rational", "rectangle", "square",
    }  # fmt: skip
    assert set(Atom.registry) - alone == {"ceil", "floor"}


def test_the_prompt_of_families_names_every_atom() -> None:
    told = load_category("numeric").prompts["families"].casefold()
    assert [name for name in Atom.registry if name not in told] == []


@pytest.mark.parametrize("name", sorted(Atom.registry))
def test_an_atoms_formula_words_and_values_agree(name: str) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        atom = Atom.registry[name].draw(rng)
        x = np.concatenate([rng.uniform(-128, 128, 100), np.arange(-5.0, 6.0)])
        code = compile(atom.formula(), "formula", "eval")
        expected = [eval(code, {"math": math, "x": value}) for value in x.tolist()]
        np.testing.assert_allclose(atom.evaluate(x), expected, rtol=1e-9, atol=1e-9)
        assert atom.words()
        assert len(atom.mutants(rng)) >= 1


def test_step_has_a_location() -> None:
    step = make({"atom": "step", "scale": 4.0, "location": 12.0, "offset": 1.0})
    assert step.target(np.array([11.9, 12.0])).tolist() == [1.0, 5.0]


def test_absolute_has_an_offset_and_root_is_real_left_of_its_cusp() -> None:
    absolute = make({"atom": "absolute", "scale": 2.0, "location": 3.0, "offset": -7.0})
    assert absolute.target(np.array([3.0, 1.0])).tolist() == [-7.0, -3.0]
    root = make({"atom": "root", "scale": 2.0, "location": 0.0, "offset": 0.0})
    assert root.target(np.array([-9.0])).tolist() == [6.0]


def test_square_wave_alternates_with_its_period() -> None:
    wave = make({"atom": "square", "amplitude": 2.0, "period": 10.0, "offset": 1.0})
    assert wave.target(np.array([0.0, 4.9, 5.0, 9.9, 10.0, -1.0])).tolist() == [3.0, 3.0, -1.0, -1.0, 3.0, -1.0]


def test_poles_are_finite_and_keep_their_sign() -> None:
    pole = make({"atom": "reciprocal", "scale": 1.0, "location": 2.0, "offset": 0.0})
    assert pole.target(np.array([2.0, 2.0 + 1e-9, 2.0 - 1e-9])) == pytest.approx([1000, 1000, -1000])


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_every_function_is_finite_for_every_finite_input(x: float, uniform: float) -> None:
    for function in numeric_functions():
        assert np.isfinite(function.sample(np.array([x]), np.array([uniform]))).all()


def test_one_by_one_equals_in_one_array_bit_for_bit() -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-128, 128, 150), rng.uniform(-1e9, 1e9, 20), [0.0, -0.0, 1e300, -5e-324]])
    u = rng.random(len(x))
    for function in numeric_functions():
        whole = function.sample(x, u)
        single = np.concatenate([function.sample(x[i : i + 1], u[i : i + 1]) for i in range(len(x))])
        assert whole.tobytes() == single.tobytes(), function.id
        assert function.sample(x[::-1], u[::-1])[::-1].tobytes() == whole.tobytes(), function.id


def test_the_last_bits_of_outputs_are_rounded_away() -> None:
    for function in numeric_functions():
        values = function.sample(np.linspace(-128, 128, 99), uniforms(99))
        assert not np.any(values.view(np.uint64) & np.uint64(0xFFF))


@given(st.floats(-1e300, 1e300))
def test_rounding_moves_a_value_by_less_than_a_millionth_of_a_millionth(value: float) -> None:
    rounded = float(round_mantissa(np.array([value]))[0])
    assert abs(rounded - value) <= abs(value) * 2.0**-40 + 1e-310
    assert round_mantissa(np.array([rounded]))[0] == rounded


@pytest.mark.parametrize(("noise", "sd"), [("uniform", 1 / math.sqrt(3)), ("normal", 1.0), ("poisson", 1.0)])
def test_noise_has_mean_zero_and_the_declared_deviation(noise: Noise, sd: float) -> None:
    function = make(LINE, noise=noise)
    u = (np.arange(100_000) + 0.5) / 100_000
    off = function.sample(np.zeros(u.size), u) - 1.0
    assert off.mean() == pytest.approx(0, abs=1e-3)
    assert off.std() == pytest.approx(sd, rel=1e-2)
    assert function.spec.noise_sd == pytest.approx(sd)
    assert np.isfinite(draw_noise(noise, np.array([0.0, 1.0]))).all()


def test_a_corrupted_interval_scatters_by_a_tenth_around_its_mean_and_nothing_else_changes() -> None:
    function = make(LINE, corruption=HOLE)
    u = (np.arange(10_000) + 0.5) / 10_000
    inside = function.sample(np.full(u.size, 20.0), u)
    assert inside.mean() == pytest.approx(7, abs=1e-3)
    assert inside.std() == pytest.approx(0.1, rel=1e-2)
    assert function.target(np.array([9.9, 10.0, 30.0, 30.1])) == pytest.approx([20.8, 7.0, 7.0, 61.2])
    assert function.sample(np.array([9.0]), np.array([0.3])) == pytest.approx([19.0])
    assert predict(function, 20.0) == 7.0


@pytest.mark.parametrize(
    ("where", "bounds", "corrupted"), [("above", {"low": 5.0}, 6.0), ("below", {"high": 5.0}, 4.0)]
)
def test_cuts_corrupt_one_side_only(where: str, bounds: dict[str, float], corrupted: float) -> None:
    function = make(LINE, corruption={"where": where, "mean": 0.0, **bounds})
    assert function.target(np.array([corrupted, 10.0 - corrupted])) == pytest.approx([0.0, 21.0 - 2 * corrupted])
    assert predict(function, corrupted) == 0.0
    assert [(region.name, region.corrupted, region.bounded) for region in function.regions()] == [
        ("beyond the cut", True, False)
    ]


def test_a_network_is_evaluated_exactly_as_its_layers_say() -> None:
    rng = np.random.default_rng(1)
    w, b, v = rng.normal(size=64), rng.normal(size=64), rng.normal(size=64)
    w[3] = 0.0
    network = Network(weights=tuple(w), biases=tuple(b), outputs=tuple(v), bias=0.5)
    x = rng.uniform(-128, 128, 500)
    expected = np.maximum(np.outer(x, w) + b, 0) @ v + 0.5
    np.testing.assert_allclose(network.evaluate(x), expected, rtol=1e-9, atol=1e-9)


def test_the_formula_passes_for_the_network_that_stands_for_it() -> None:
    functions = [f for f in numeric_functions() if "approximation" in f.tags]
    assert functions
    for function in functions:
        x = np.asarray(global_inputs(function, 8))
        target = function.target(x)
        off = np.abs([predict(function, value) for value in x.tolist()] - target)
        assert np.all(off <= 0.6 * function.tolerance(target))
        assert "network" in function.description


def test_reference_code_is_the_target_everywhere_else() -> None:
    for function in numeric_functions():
        if "approximation" not in function.tags:
            x = np.random.default_rng(7).uniform(-140, 140, 100)
            predicted = [predict(function, value) for value in x.tolist()]
            np.testing.assert_allclose(predicted, function.target(x), rtol=1e-9, atol=1e-9)


def test_scale_is_half_of_the_spread_and_tolerance_five_per_cent_of_it_or_of_the_target() -> None:
    line = make(LINE)
    assert spec_scale(line.spec) == pytest.approx(0.9 * 256, rel=1e-3)
    assert line.tolerance(np.array([0.0, 1000.0])) == pytest.approx([0.05 * spec_scale(line.spec), 50.0])
    assert spec_scale(make({"atom": "constant", "value": 3.0}).spec) == 0


def test_mutants_differ_beyond_the_tolerance_on_some_held_out_input() -> None:
    for function in numeric_functions():
        mutants = function.mutants(np.random.default_rng(2), 6)
        assert mutants
        assert len({mutant.fingerprint() for mutant in mutants}) == len(mutants)
        for mutant in mutants:
            assert isinstance(mutant, NumericFunction)
            off = []
            for region in (function, mutant):
                parts = [global_inputs(function, 4, 1000), *region_inputs(region, 4).values()]
                x = np.concatenate([np.asarray(part) for part in parts])
                off.append(
                    np.max(np.abs(mutant.target(x) - function.target(x)) / function.tolerance(function.target(x)))
                )
            assert max(off) > 1, (function.id, mutant.description)


def test_global_inputs_avoid_the_public_grid_and_local_ones_stay_in_their_region() -> None:
    function = make({"atom": "rectangle", "amplitude": 5.0, "start": 3.0, "width": 4.0, "offset": 0.0})
    x = np.asarray(global_inputs(function, n=1000))
    assert x.shape == (1000,)
    assert not np.any(x % 1 == 0.5)
    (region,) = function.regions()
    assert (region.name, region.bounded, region.corrupted) == ("inside the rectangle", True, False)
    parts = region_inputs(function)
    assert list(parts) == ["inside the rectangle", "beside, inside the rectangle"]
    assert np.all(function.target(parts["inside the rectangle"]) == 5.0)
    assert np.all(function.target(parts["beside, inside the rectangle"]) == 0.0)
    assert np.any(function.target(function.exemplars(np.random.default_rng(0), 10)) == 5.0)


def test_a_spec_survives_json_and_rejects_nonsense() -> None:
    for function in numeric_functions():
        again = NumericSpec.model_validate_json(function.spec.model_dump_json())
        assert again == function.spec
        assert NumericFunction("x", again).fingerprint() == function.fingerprint()
    for bad in (
        {"terms": [{"atom": "nothing"}]},
        {"terms": [LINE], "operator": "+"},
        {"terms": [LINE, SINE]},
        {"terms": [LINE], "noise": "normal", "corruption": HOLE},
        {"terms": [LINE], "corruption": {**HOLE, "high": 300.0}},
        {"terms": [LINE], "corruption": {"where": "above", "mean": 0.0}},
        {"terms": [{**LINE, "slope": float("nan")}]},
        {"terms": [{**LINE, "extra": 1}]},
    ):
        with pytest.raises(ValidationError):
            NumericSpec.model_validate(bad)
    with pytest.raises(ValidationError, match="unknown atom"):
        NumericSpec.model_validate_json(json.dumps({"terms": [{"atom": "nothing"}]}))


def test_sums_and_products_combine_their_terms_and_say_so() -> None:
    total, product = make(LINE, SINE, operator="+"), make(LINE, SINE, operator="*")
    assert total.target(np.array([2.0])) == pytest.approx([5 + 5 * math.sin(2.6)])
    assert product.target(np.array([2.0])) == pytest.approx([25 * math.sin(2.6)])
    assert (total.family, product.family) == ("linear+sine", "linear*sine")
    assert total.tags == ("clean", "composition")
    assert "product of two terms" in product.description
