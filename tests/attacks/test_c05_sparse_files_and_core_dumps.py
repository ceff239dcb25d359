"""C5: sparse files, core dumps."""

from findbench.attacks.arena import Arena


def test_a_sparse_file_takes_no_room_and_a_crash_leaves_no_core(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("import os\nf_ = open('/tmp/sparse', 'wb')\nos.ftruncate(f_.fileno(), 1 << 40)")
    result = lab.run("import ctypes\nprint('before')\nctypes.string_at(0)")
    assert result.status == "killed"
    assert result.stdout == "before\n"
    listing = lab.run(
        "import os, resource\nprint([n for n in os.listdir('/tmp') if 'core' in n], resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert listing.stdout == "[] (0, 0)\n"
    arena.assert_works(lab)
