"""A15: inferring the noise seed to subtract the noise."""

import numpy as np

from findbench.attacks.arena import Arena, Hidden
from findbench.harness.lab.oracle import Noise
from findbench.harness.seeds import derive


def observed(
    arena: Arena, function: Hidden, seed: int, code: str = "print([f(0.0) for _ in range(20)])"
) -> list[float]:
    result = arena.lab(function, seed=seed).run(code)
    return [float(x) for x in result.stdout.strip("[]\n").split(",")]


def test_the_key_of_the_noise_needs_the_function_itself(arena: Arena) -> None:
    first = observed(arena, arena.function, 7)
    assert first == observed(arena, arena.function, 7)  # an episode replays
    assert first != observed(arena, Hidden(), 7)  # another function, the same seed: other noise
    assert first != observed(arena, arena.function, 8)
    guesses = [2 * Noise(derive("noise", seed))(0, 20) - 1 + 41.9 for seed in range(100)]
    assert all(np.abs(np.array(first) - guess).max() > 0.1 for guess in guesses)


def test_the_generators_inside_a_lab_do_not_know_the_noise(arena: Arena) -> None:
    code = (
        "import random\nr = np.random.default_rng()\nprint([f(0.0) - (2 * r.random() - 1) - 41.9 for _ in range(20)])"
    )
    residuals = observed(arena, arena.function, 7, code)
    assert max(map(abs, residuals)) > 0.1


def test_noise_does_not_depend_on_batching() -> None:
    noise = Noise(5)
    whole = noise(0, 10_000)
    assert np.array_equal(whole, np.concatenate([noise(i, 1) for i in range(10_000)]))
    assert np.array_equal(whole[4000:4200], Noise(5)(4000, 200))
