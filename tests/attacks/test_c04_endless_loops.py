"""C4: loops that ignore signals, C-level loops, sleeping, reading stdin."""

import pytest

from findbench.attacks.arena import Arena

LOOPS = {
    "ignores signals": "import signal\nfor n in range(1, 64):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass",
    "catches everything": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "inside C": "x = 7 ** 100_000_000",
    "a regular expression": "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
    "sleeps": "import time\ntime.sleep(10_000)",
    "blocks every signal": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\nsignal.pause()",
}


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_ends_with_its_time_and_the_state_survives(arena: Arena, name: str) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    result = lab.run(LOOPS[name], seconds=1.0)
    assert result.status == "timeout"
    assert result.state_kept
    assert lab.run("print(kept)").stdout == "5\n"
    arena.assert_works(lab)


def test_stdin_is_empty(arena: Arena) -> None:
    lab = arena.lab()
    assert lab.run("import sys\nprint(repr(sys.stdin.read()))").stdout == "''\n"
    assert lab.run("input()").status == "error"
    arena.assert_works(lab)
