"""C7: closing or stopping protocol descriptors, SIGSTOP or SIGKILL of runner and state process."""

import time

import pytest

from findbench.attacks.arena import Arena

ATTACKS = {
    "closes everything": "import os\nos.closerange(0, 256)",
    "closes everything and dies": "import os\nos.closerange(0, 256)\nos._exit(0)",
    "kills the state": "import os\nos.kill(os.getppid(), 9)",
    "kills the state and dies": "import os\nos.kill(os.getppid(), 9)\nos._exit(0)",
    "stops the state": "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)",
    "stops the state and dies": "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\nos._exit(0)",
    "stops itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "kills all": "import os\nos.kill(-1, 9)",
    "signals the runner": "import os\nfor n in range(1, 64):\n    try: os.kill(1, n)\n    except OSError: pass",
    "replaces itself": "import os\nos.execv('/usr/bin/python3', ['python3', '-c', 'print(1)'])",
    "replaces its stdout": "import os\nos.dup2(os.open('/dev/null', os.O_WRONLY), 1)",
    "ends inside a thread": "import os, threading\nthreading.Thread(target=lambda: os._exit(0)).start()\nimport time; time.sleep(5)",
    "nonblocking stdout": "import os\nos.set_blocking(1, False)\nprint('x' * 10_000_000)",
    "hangs every fork": "import os, time\nos.register_at_fork(after_in_child=lambda: time.sleep(60))",
    "ends every fork": "import os\nos.register_at_fork(after_in_child=lambda: os._exit(0))",
    "takes fork away": "import os\nos.fork = None",
    "floods the channel": (
        "import os, socket, threading\ndef flood():\n    while True:\n        for fd in range(3, 12):\n            try:"
        " socket.socket(fileno=os.dup(fd)).send(b'\\x0c\\0\\0\\0\\x04' + bytes(12))\n"
        "            except OSError: pass\nthreading.Thread(target=flood, daemon=True).start()"
    ),
    "exit handlers": "import atexit, os\natexit.register(lambda: os.kill(1, 9))\nraise SystemExit",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_next_experiments_work(arena: Arena, name: str) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    first = lab.run(ATTACKS[name], seconds=2.0)
    second = lab.run("print('alive')\nprint('kept' in globals())")
    assert second.status == "ok", (first, second)
    alive, kept = second.stdout.split()
    assert alive == "alive"
    if kept == "False":  # a lost state is said: with the experiment that lost it, or with the next
        assert not first.state_kept or not second.state_kept
    arena.assert_works(lab)


def test_what_runs_when_the_state_forks_is_printed_nowhere(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("import os\nos.register_at_fork(after_in_child=lambda: os.write(1, b'noise'))")
    assert [lab.run(f"print({number})").stdout for number in range(3)] == ["0\n", "1\n", "2\n"]


def test_between_experiments_nothing_runs(arena: Arena) -> None:
    """A thread of an earlier experiment notes the longest time for which it did not run."""
    lab = arena.lab()
    lab.run(
        "import mmap, struct, threading, time\nshared = mmap.mmap(-1, 8)\n"
        "def turn():\n    last, longest = time.monotonic(), 0.0\n    while True:\n"
        "        now = time.monotonic()\n        longest = max(longest, now - last)\n        last = now\n"
        "        shared[:8] = struct.pack('d', longest)\n        time.sleep(0.001)\n"
        "threading.Thread(target=turn, daemon=True).start()"
    )
    time.sleep(2.0)
    result = lab.run("time.sleep(0.2)\nprint(struct.unpack('d', shared[:8])[0])")
    assert float(result.stdout) > 1.5
