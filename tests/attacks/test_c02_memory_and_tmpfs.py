"""C2: memory, tmpfs, `/dev/shm`, inodes."""

import pytest

from findbench.attacks.arena import Arena

MEMORY = {
    "one array": "x = np.ones(10**9)",
    "many objects": "x = []\nwhile True:\n    x.append(bytearray(1 << 20))",
    "a string": "x = 'a' * (1 << 34)",
    "an integer": "x = 10 ** (10 ** 10)",
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory_is_bounded_and_said_so(arena: Arena, name: str) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    result = lab.run(MEMORY[name], seconds=8.0)
    assert result.status in (("memory", "timeout") if name == "an integer" else ("memory",)), result
    arena.assert_works(lab)


def test_memory_of_many_processes_together_is_bounded(arena: Arena) -> None:
    lab = arena.lab(memory_mib=256)
    result = lab.run(
        "import os\nfor _ in range(8):\n    if not os.fork():\n        x = bytearray(100 << 20)\n        import time; time.sleep(5)\n"
        "import time; time.sleep(2)",
        seconds=10.0,
    )
    assert result.status in ("ok", "memory", "killed")
    arena.assert_works(lab)


def test_the_tmpfs_and_its_inodes_are_bounded(arena: Arena) -> None:
    lab = arena.lab()
    assert (
        "No space left"
        in lab.run("open('/tmp/big', 'wb').write(b'x' * (200 << 20))").stdout
        + lab.run(
            "import os\nos.truncate('/tmp/big', 0)\nfor i in range(100_000): open(f'/tmp/{i}', 'w').close()"
        ).stdout
    )
    arena.assert_works(lab)


def test_there_is_no_shared_memory_to_fill(arena: Arena) -> None:
    lab = arena.lab()
    assert lab.run("open('/dev/shm/x', 'wb')").status == "error"
    arena.assert_works(lab)
