"""C1: fork and thread bombs, daemons that outlive the experiment."""

from findbench.attacks.arena import Arena

FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
THREAD_BOMB = """
import threading, time
def hang():
    while True: pass
count = 0
try:
    while True:
        threading.Thread(target=hang, daemon=True).start()
        count += 1
except RuntimeError:
    print("threads", count)
"""
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for i in range(1000):
            time.sleep(0.01)
            os.write(1, b"late")
            f(1.0)
    os._exit(0)
print("started")
"""


def test_a_fork_bomb_ends_with_the_experiment(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    assert lab.run(FORK_BOMB, seconds=1.0).status in ("timeout", "killed", "memory")
    arena.assert_works(lab)
    # The runner, the state, this experiment, and at most one process that is just ending.
    assert lab.run("import os\nprint(len([p for p in os.listdir('/proc') if p.isdigit()]) <= 4)").stdout == "True\n"


def test_a_thread_bomb_is_bounded(arena: Arena) -> None:
    lab = arena.lab(processes=32)
    result = lab.run(THREAD_BOMB, seconds=10.0)
    assert result.status in ("ok", "timeout", "memory", "killed")
    if result.status == "ok":
        assert int(result.stdout.split()[1]) < 32
    fresh = arena.lab()
    arena.assert_works(fresh)


def test_a_daemon_does_not_outlive_its_experiment(arena: Arena) -> None:
    lab = arena.lab()
    assert lab.run(DAEMON).stdout == "started\n"
    before = lab.queries
    result = lab.run("import time\ntime.sleep(0.3)\nprint('only this')")
    assert result.stdout == "only this\n"
    assert lab.queries == before
    arena.assert_works(lab)
