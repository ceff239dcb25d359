"""The numbers of numeric scores, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findbench.functions.numeric.function import NumericFunction
from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.relations.normal import without_accents
from findbench.functions.tolerance import noise_floor
from findbench.harness.scoring import numeric

LINE = NumericFunction(
    "numeric/0000", NumericSpec.model_validate({"terms": [{"atom": "linear", "slope": 1.0, "intercept": 0.0}]})
)
NOISY = NumericFunction(
    "numeric/0001",
    NumericSpec.model_validate({"terms": [{"atom": "constant", "value": 1.0}], "noise": "normal"}),
)


def test_a_point_is_right_within_five_per_cent_of_target_or_scale() -> None:
    scale = 0.9 * 128
    targets = np.array([100.0, 100.0, 0.0, 0.0, 127.0, np.float64(1.0)])
    errors = np.array(
        [0.05 * scale * 0.99, 0.05 * scale * 1.02, 0.05 * scale * 0.99, -0.05 * scale * 1.02, 6.3, np.nan]
    )
    assert LINE.is_correct(targets, targets + errors).tolist() == [1, 0, 1, 0, 1, 0]


def test_the_floor_is_three_and_a_half_standard_errors_of_a_fit_to_the_queries() -> None:
    targets = np.ones(3)
    assert NOISY.is_correct(targets, [1.34, 0.66, 1.36], 100).tolist() == [1, 1, 0]
    assert NOISY.is_correct(targets, [1.11, 0.89, 1.12], 1000).tolist() == [1, 1, 0]
    assert NOISY.is_correct(targets, [4.4, -2.4, 4.6], 0).tolist() == [1, 1, 0], "as one query for one parameter"
    assert noise_floor(1.0, 1000, 5) == pytest.approx(0.25, abs=0.01)
    assert NOISY.tolerance(targets).tolist() == NOISY.tolerance(targets, 100).tolist()


def test_only_the_mean_of_a_corrupted_region_has_a_floor_of_its_scatter() -> None:
    small = {"terms": [{"atom": "tanh", "scale": 0.2, "location": 0.0, "width": 5.0, "offset": 0.0}]}
    hole = {"where": "above", "low": 50.0, "mean": 0.0}
    function = NumericFunction("numeric/0002", NumericSpec.model_validate({**small, "corruption": hole}))
    inside, outside = function.tolerance(function.target(np.array([60.0, -60.0])), 100)
    assert inside == pytest.approx(3.5 * 0.1 / np.sqrt(100))
    assert outside == pytest.approx(0.05 * 0.2, rel=0.01)


def test_the_grid_is_finds() -> None:
    grid = LINE.public_grid()
    assert (len(grid), grid[0], grid[-1]) == (256, -127.5, 127.5)


def test_nmse_is_finds_and_its_centred_form_subtracts_the_mean() -> None:
    targets, predictions = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])
    assert numeric.nmse(targets, predictions, centred=False) == pytest.approx(1 / 14)
    assert numeric.nmse(targets, predictions, centred=True) == pytest.approx(1 / 2)
    assert numeric.nmse(targets, np.array([1.0, np.nan, 3.0]), centred=False) is None
    assert numeric.nmse(np.zeros(2), np.zeros(2), centred=False) is None


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_normalisation_settles_at_once_and_ignores_case(word: str) -> None:
    assert without_accents(without_accents(word)) == without_accents(word)


def test_normalisation_ignores_accents_case_and_white_space_only() -> None:
    assert without_accents("  São\tPaulo ") == without_accents("sao paulo")
    assert without_accents("Lyon") != without_accents("Lion")
