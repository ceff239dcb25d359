"""What may be queried: an input outside is refused with the rest of its call, in words that say nothing, and costs
nothing."""

from __future__ import annotations

import pytest

import findbench as fb
from findbench.sandbox_image import wire

SMOKE = fb.load_suite("smoke")
NUMERIC, STRINGS, RELATION = SMOKE["numeric/0000"], SMOKE["strings/0000"], SMOKE["relations/0000"]
BOUNDED = fb.Function.from_callable(lambda x: 2 * x, interval=(0, 1))
FREE = fb.Function.from_callable(lambda x: 2 * x)


def tried(call: str) -> str:
    return f"try:\n    print('gave', len(np.atleast_1d({call})))\nexcept ValueError as error:\n    print(error)\n"


@pytest.mark.parametrize(
    ("function", "call"),
    [
        (NUMERIC, "f(128.0000001)"),
        (NUMERIC, "f(-1e300)"),
        (NUMERIC, "f([1, 2, 129])"),
        (NUMERIC, "f(np.array([-129.0, 0.0]))"),
        (STRINGS, "f('x' * 41)"),
        (STRINGS, "f(['x', 'x' * 41])"),
        (BOUNDED, "f(1.5)"),
        (BOUNDED, "f([0.5, -0.5])"),
    ],
)
def test_an_input_outside_is_refused_with_the_rest_of_its_call_and_costs_nothing(
    function: fb.Function, call: str
) -> None:
    with fb.Lab(function, budget=5) as lab:
        result = lab.run(tried(call) + "print(f.left)")
        assert result.stdout == f"{wire.ERRORS[wire.OUTSIDE][1]}\n5\n"
        assert (result.queries, lab.queries, lab.queried) == (0, 0, [])


@pytest.mark.parametrize(
    ("function", "call", "count"),
    [
        (NUMERIC, "f([-128, 128])", 2),
        (NUMERIC, "f(128)", 1),
        (STRINGS, "f('é' * 40)", 1),
        (RELATION, "f('x' * 41)", 1),
        (BOUNDED, "f([0, 1])", 2),
        (FREE, "f(1e6)", 1),
    ],
)
def test_what_lies_on_the_border_and_what_has_none_is_answered(function: fb.Function, call: str, count: int) -> None:
    with fb.Lab(function, budget=5) as lab:
        assert lab.run(tried(call)).stdout == f"gave {count}\n"
        assert lab.queries == count


def test_the_refusal_is_one_sentence_for_every_function() -> None:
    assert not any(character.isdigit() for character in wire.ERRORS[wire.OUTSIDE][1])
    assert len(wire.ERRORS) == wire.OUTSIDE == max(wire.ERRORS)
