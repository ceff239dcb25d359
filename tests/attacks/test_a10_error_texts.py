"""A10: the oracle's error text: traceback, type, host path, name."""

from typing import Any

import pytest
from typing_extensions import override

from findbench.attacks.arena import Arena, Hidden
from findbench.harness.errors import InfrastructureError

ERRORS = """
import traceback
for bad in ("x", None, float("nan"), 1e400, object(), [1, "a"], b"x", 1j, {}, np.array(["a"]), [[]]):
    try:
        print(f(bad))
    except BaseException as error:
        print("".join(traceback.format_exception(error)))
"""


class Broken(Hidden):
    """A function with a fault of its own: evaluating it raises, with the secret in the message."""

    @override
    def sample(self, inputs: Any, uniforms: Any) -> Any:
        raise RuntimeError(f"secret {self.canary}")


def test_errors_come_from_the_fixed_vocabulary(arena: Arena) -> None:
    result = arena.assert_reads_nothing(ERRORS)
    assert "harness" not in result.stdout
    assert "/lab/sandbox_image/calls.py" in result.stdout  # the stub is on this side: nothing to hide


def test_errors_tell_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(ERRORS.replace("np.array(['a'])", "0").replace('np.array(["a"]), ', ""))


def test_a_fault_of_the_function_itself_reaches_no_lab(arena: Arena) -> None:
    lab = arena.lab(Broken())
    with pytest.raises(InfrastructureError, match="the hidden function itself failed"):
        lab.run("try:\n    f(1.0)\nexcept RuntimeError as error:\n    print(error)")
