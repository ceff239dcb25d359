"""E4, process 1: signals, limits, priority, processors and memory by which an experiment would end its own lab."""

from __future__ import annotations

import pytest

from findbench.attacks.arena import Arena
from findbench.attacks.changed_runner import changed_runner
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox import docker

SIGNALS = """
import ctypes, os
libc = ctypes.CDLL(None)
for number in range(1, 65):
    libc.kill(1, number)
    libc.sigqueue(1, number, None)
    libc.syscall(234, 1, 1, number)
print("sent")
"""
CHANGES = """
import os, resource
def seen():
    limits = open("/proc/1/limits").read() if os.path.exists("/proc/1/limits") else ""
    return limits, os.getpriority(os.PRIO_PROCESS, 1), sorted(os.sched_getaffinity(1)), os.sched_getscheduler(1)
before = seen()
for change in (
    lambda: [resource.prlimit(1, limit, (1, 1)) for limit in range(16)],
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
    lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(1), 19),
    lambda: os.sched_setaffinity(1, {max(os.sched_getaffinity(1))}),
    lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
    lambda: open("/proc/1/oom_score_adj", "w").write("1000"),
):
    try:
        change()
    except (OSError, ValueError):
        pass
after = seen()
print(before == after, open("/proc/1/oom_score_adj").read().strip())
"""
SOCKETS = """
import os, sys
FILL = '''
import os, socket, time
try:
    open("/proc/self/oom_score_adj", "w").write("0")
except OSError:
    pass
for _ in range(4):
    os.fork()
kept = []
try:
    while True:
        pair = socket.socketpair()
        pair[0].setblocking(False)
        kept.append(pair)
        try:
            while True:
                pair[0].send(bytes(4096))
        except BlockingIOError:
            pass
except OSError:
    time.sleep(60)
'''
for descriptor in range(3, 30):  # so that the runner does not hear the state end
    try:
        os.set_inheritable(descriptor, True)
    except OSError:
        pass
os.execv(sys.executable, [sys.executable, "-c", FILL])
"""
"""Memory that counts for no process of the lab, held by processes that look small and harmless."""


UNGUARDED = {"guard.py": ("    ).enter()\n", "    )\n")}
"""Under gVisor, whose kernel does not apply a container's filter, a lab's processes have one that this leaves out."""


def container_of(lab: Lab) -> str | None:
    lab.start()
    return lab.container_id


def test_no_signal_ends_or_stops_process_1(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    first = container_of(lab)
    assert lab.run(SIGNALS).stdout == "sent\n"
    assert lab.run("print(kept)").stdout == "5\n"
    assert lab.container_id == first
    arena.assert_works(lab)


def test_a_process_1_that_handles_them_as_python_does_ends(arena: Arena) -> None:
    with changed_runner({"runner.py": ("    ignore_signals()\n", "")} | UNGUARDED):
        lab = arena.lab()
        first = container_of(lab)
        lab.run("import os, signal, time\nos.kill(1, signal.SIGINT)\ntime.sleep(1)")
        lab.run("1")
        assert lab.container_id != first


def test_limits_priority_processors_and_rank_of_process_1_stay(arena: Arena) -> None:
    lab = arena.lab()
    first = container_of(lab)
    assert lab.run(CHANGES).stdout == "True 0\n"
    assert lab.container_id == first
    arena.assert_works(lab)


def test_without_filters_an_experiment_limits_process_1(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "seccomp_profile", lambda: "unconfined")
    with changed_runner(UNGUARDED):
        changed = arena.lab().run("import resource\nprint(resource.prlimit(1, 7, (250, 250)), resource.prlimit(1, 7))")
    assert changed.stdout.endswith("(250, 250)\n")


def test_memory_of_sockets_ends_the_experiment_and_not_process_1(arena: Arena) -> None:
    lab = arena.lab(memory_mib=128)
    first = container_of(lab)
    lab.run(SOCKETS, seconds=5.0)
    assert lab.run("print('alive')").stdout == "alive\n"
    assert lab.container_id == first
    arena.assert_works(lab)


def test_no_process_of_an_experiment_lowers_its_rank(arena: Arena) -> None:
    code = (
        "import subprocess\n"
        "print(subprocess.run(['sh', '-c', 'echo 0 > /proc/self/oom_score_adj; cat /proc/self/oom_score_adj'],"
        " capture_output=True, text=True).stdout)"
    )
    rank = arena.lab().run(code).stdout.strip()
    assert rank == ("1000" if arena.runtime == "runc" else "0"), "gVisor's kernel has no use for it"


def test_without_landlock_process_1_goes_before_the_processes_that_hold_the_memory(arena: Arena) -> None:
    if arena.runtime != "runc":
        return
    with changed_runner({"runner.py": ("                write_no_kernel_files()", "                pass")}):
        lab = arena.lab(memory_mib=128)
        first = container_of(lab)
        lab.run(SOCKETS, seconds=5.0)
        assert lab.container_id != first
