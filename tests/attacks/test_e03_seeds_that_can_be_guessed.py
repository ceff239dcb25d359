"""E3: seeds that are hashes of guessable parts: brute force over run seed, id and repeat gives the id of a function."""

import pytest

from findbench.attacks.arena import Arena
from findbench.functions.suites.builtin import load_suite
from findbench.harness.episode import Episode, run_episode
from findbench.harness.interpreters.base import LabLike
from findbench.harness.lab.factory import LabFactory
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.records import EpisodeConfig
from findbench.harness.seeds import derive, new_secret, secret_of_seed

ID = "numeric/0017"
GUESSED = 13
"""The seed of a run that people choose."""
DERIVING = """
import hashlib, random
def digest(*parts):
    return hashlib.sha256("\\x1f".join(f"{type(part).__name__}:{part}" for part in parts).encode()).digest()
def derive(*parts):
    return int.from_bytes(digest(*parts)[:8], "little")
def episodes():
    for seed in range(20):
        secret = digest("reproducible", seed)[:16].hex()
        for number in range(30):
            for repeat in range(2):
                id_ = f"numeric/{number:04d}"
                yield id_, derive("episode", secret, id_, repeat)  # as it is now, of a run whose seed is known
                yield id_, derive(seed, id_, repeat)  # as it was
"""
"""What an attacker reads in this project's source: how the seed of an episode comes about."""
IN_A_LAB = """
seen = random.random(), np.random.random()
def first(seed):
    return random.Random(seed).random(), np.random.RandomState(seed & 0xFFFFFFFF).random()
found = [id_ for id_, seed in episodes() for n in range(2) if first(derive("experiment", seed, n)) == seen]
print("it is", *found)
"""
WHERE_CODE_IS_SCORED = """
seen = random.random()
found = [id_ for id_, seed in episodes() if random.Random(derive("evaluate", derive("score", seed))).random() == seen]
def predict(x):
    return "it is " + " ".join(found)
"""


def run_attack(arena: Arena, seed: int) -> str:
    """What the attack finds in the lab of an episode with this seed, and where its code is scored."""
    labs = LabFactory(Limits(), runtime=arena.runtime, transport=arena.transport)
    function = load_suite("mini")[ID]
    with labs.lab(function, seed=seed, budget=10) as lab, labs.code_runner(seed=derive("score", seed)) as runner:
        found = lab.run(DERIVING + IN_A_LAB)
        scored = runner.evaluate(DERIVING + WHERE_CODE_IS_SCORED, [1.0])
    assert found.status == scored.status == "ok", (found, scored)
    return f"{found.stdout.strip()}, {scored.outputs[0]}"


def test_the_id_of_a_function_cannot_be_had_by_brute_force(arena: Arena) -> None:
    episode = Episode(load_suite("mini")[ID], 0, EpisodeConfig(), new_secret())
    assert run_attack(arena, episode.seed) == "it is, it is "


@pytest.mark.parametrize("repeat", [0, 1])
def test_the_attack_finds_the_id_where_the_secret_can_be_guessed(arena: Arena, repeat: int) -> None:
    """Its teeth: a run that is --reproducible gives up just this, and every run was like that once."""
    known = Episode(load_suite("mini")[ID], repeat, EpisodeConfig(), secret_of_seed(GUESSED)).seed
    for seed in (known, derive(GUESSED, ID, repeat)):
        assert run_attack(arena, seed) == f"it is {ID}, it is {ID}"


def test_an_episode_gives_its_lab_no_other_seed(arena: Arena) -> None:
    """The two labs of the tests above are those of an episode: its experiment sees the seed that is tested there."""

    class Looking:
        name = "looking"

        def interpret(self, lab: LabLike, brief: Brief) -> Interpretation:
            lab.run("import random\nprint(random.random())")
            return Interpretation()

    labs = LabFactory(Limits(), runtime=arena.runtime, transport=arena.transport)
    episode = Episode(load_suite("mini")[ID], 0, EpisodeConfig(), secret_of_seed(GUESSED))
    (experiment,) = run_episode(episode, Looking(), labs).experiments
    with labs.lab(episode.function, seed=episode.seed, budget=10) as lab:
        assert lab.run("import random\nprint(random.random())").stdout == experiment.stdout
