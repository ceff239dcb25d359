"""C3: stdout floods: gigabytes, one line, no newline, slow drip, binary, never read."""

from findbench.attacks.arena import Arena

GIGABYTES = "import os\nchunk = b'x' * (1 << 20)\nwhile True:\n    os.write(1, chunk)"
BINARY = "import os\nos.write(1, bytes(range(256)) * 4)\nos.write(1, b'\\xff' * 10)"
DRIP = "import os, time\nwhile True:\n    os.write(1, b'.')\n    time.sleep(0.01)"


def test_a_flood_is_cut_and_ends_with_its_time(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(GIGABYTES, seconds=2.0)
    assert result.status == "timeout"
    assert result.truncated
    assert len(result.stdout) < 17_000
    arena.assert_works(lab)


def test_a_long_line_is_cut_and_marked(arena: Arena) -> None:
    lab = arena.lab(stdout_bytes=1000)
    result = lab.run("print('y' * 10_000_000, end='')")
    assert result.status == "ok"
    assert result.stdout.startswith("y" * 1000 + "\n[stdout cut")
    arena.assert_works(lab)


def test_binary_becomes_text_with_replacement(arena: Arena) -> None:
    lab = arena.lab()
    assert "\ufffd" in lab.run(BINARY).stdout
    arena.assert_works(lab)


def test_a_slow_drip_ends_with_its_time(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(DRIP, seconds=1.0)
    assert result.status == "timeout"
    assert 10 < len(result.stdout) < 200
    arena.assert_works(lab)
