"""C11: poisoning what the next tenant of a pool gets."""

from findbench.attacks.arena import Arena
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox.pool import Pool


def test_a_used_sandbox_never_goes_back_to_the_pool(arena: Arena) -> None:
    with Pool(2, runtime=arena.runtime, transport=arena.transport) as pool:
        seen = set()
        for _ in range(4):
            with Lab(arena.function, pool=pool, runtime=arena.runtime) as lab:
                assert lab.run("import os\nprint(os.listdir('/tmp'), 'poison' in globals())").stdout == "[] False\n"
                lab.run("poison = 1\nopen('/tmp/poison', 'w').write('x')\nimport builtins\nbuiltins.print = None")
                assert lab.container_id is not None
                seen.add(lab.container_id)
        assert len(seen) == 4
