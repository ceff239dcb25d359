"""C3: floods of stdout and stderr: gigabytes, one line, no newline, slow drip, binary, never read."""

from findbench.attacks.arena import Arena

GIGABYTES = "import os\nchunk = b'x' * (1 << 20)\nwhile True:\n    os.write(1, chunk)"
BINARY = "import os\nos.write(1, bytes(range(256)) * 4)\nos.write(1, b'\\xff' * 10)"
BOTH = "import os\nchunk = b'x' * (1 << 16)\nwhile True:\n    os.write(2, chunk)\n    os.write(1, b'.')"
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


def test_a_flood_of_stderr_is_cut_leaves_stdout_alone_and_ends_with_its_time(arena: Arena) -> None:
    lab = arena.lab(stdout_bytes=1000, stderr_bytes=100)
    result = lab.run(BOTH, seconds=2.0)
    assert result.status == "timeout"
    assert result.stderr == "x" * 100 + "\n[stderr cut after 100 bytes]\n"
    assert result.stdout.startswith("." * 1000)
    assert lab.run("import sys\nprint('once', file=sys.stderr)").stderr == "once\n", "nothing is left of the flood"
    arena.assert_works(lab)


def test_an_experiment_that_closes_or_replaces_its_streams_costs_the_next_one_nothing(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("import os, sys\nsys.stderr.close()\nsys.stdout = None\nos.close(2)\nos.close(1)")
    result = lab.run("import sys\nprint('out')\nprint('err', file=sys.stderr)")
    assert (result.stdout, result.stderr, result.status) == ("out\n", "err\n", "ok")
    lab.run("import os\nos.closerange(0, 256)")
    arena.assert_works(lab)
    assert lab.run("import sys\nprint('err', file=sys.stderr)").stderr == "err\n"
