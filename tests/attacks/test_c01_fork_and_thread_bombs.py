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
    assert "started\n" in lab.run(DAEMON).stdout, "late may have been said before it ended"
    before = lab.queries
    result = lab.run("import time\ntime.sleep(0.3)\nprint('only this')")
    assert result.stdout == "only this\n"
    assert lab.queries == before
    arena.assert_works(lab)


def test_processes_that_an_experiment_leaves_cost_the_next_one_no_variables(arena: Arena) -> None:
    """Under gVisor their end used to send a SIGHUP to the state, whose death was noticed an experiment later."""
    lab = arena.lab()
    lab.run("kept = 5")
    for _ in range(3):
        lab.run("import os, time\nfor _ in range(8):\n    if not os.fork():\n        time.sleep(60)")
        result = lab.run("print(kept)")
        assert (result.stdout, result.state_kept) == ("5\n", True)


def test_a_state_keeps_its_variables_when_hang_ups_come_late(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    lab.run("import os, signal\nos.kill(os.getppid(), signal.SIGHUP)\nwhile True: pass", seconds=1.0)
    result = lab.run("print(kept)")
    assert (result.stdout, result.state_kept) == ("5\n", True)
