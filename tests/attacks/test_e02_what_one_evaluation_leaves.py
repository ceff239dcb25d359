"""E2: what one evaluation, or one batch of it, leaves for the next: files, times, processes, priorities, counters."""

from __future__ import annotations

import time

from findbench.attacks.arena import Arena
from findbench.attacks.changed_runner import UNCONFINED, changed_runner
from findbench.harness.lab.coderunner import CodeRunner
from findbench.sandbox_image.batches import BATCH

ACTIONS = """
import ctypes, os, resource, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno())
def raw(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno())
def thread():
    import threading
    threading.Thread(target=lambda: None).start()
def child():
    if not os.fork():
        os._exit(0)
ACTIONS = {
    "a file in /tmp": lambda: open("/tmp/left", "w"),
    "a file without a name": lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR),
    "a file in shared memory": lambda: open("/dev/shm/left", "w"),
    "a file in memory": lambda: os.memfd_create("left"),
    "an open for writing": lambda: os.open("/dev/null", os.O_WRONLY),
    "a directory": lambda: os.mkdir("/tmp/folder"),
    "a link": lambda: os.symlink("x", "/tmp/link"),
    "a fifo": lambda: os.mkfifo("/tmp/fifo"),
    "a removal": lambda: os.unlink("/tmp/none"),
    "a name": lambda: os.rename("/tmp/none", "/tmp/name"),
    "a time stamp": lambda: os.utime("/tmp"),
    "a mode": lambda: os.chmod("/tmp", 0o777),
    "a length": lambda: os.truncate("/tmp", 0),
    "an oom score": lambda: open("/proc/self/oom_score_adj", "w").write("1000"),
    "a process": child,
    "a program": lambda: os.execv("/none", ["none"]),
    "a thread": thread,
    "a signal to process 1": lambda: os.kill(1, 0),
    "a signal to the nursery": lambda: os.kill(os.getppid(), signal.SIGURG),
    "a signal to all": lambda: os.kill(-1, 0),
    "a thread's signal": lambda: call(234, 1, 1, 0),
    "a limit of process 1": lambda: resource.prlimit(1, resource.RLIMIT_CORE, (0, 0)),
    "a limit of the nursery": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)),
    "a limit of its own": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    "a priority of process 1": lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    "a priority of its user": lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
    "a priority of its own": lambda: os.nice(1),
    "processors of process 1": lambda: os.sched_setaffinity(1, {0}),
    "a scheduler of the nursery": lambda: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)),
    "an alarm": lambda: raw("alarm", 1000),
    "a timer": lambda: signal.setitimer(signal.ITIMER_REAL, 1000),
    "a pipe": os.pipe,
    "a socket": lambda: socket.socket(socket.AF_UNIX),
    "a pair of sockets": socket.socketpair,
    "an event": lambda: raw("eventfd", 0, 0),
    "a lock": lambda: __import__("fcntl").flock(os.open("/usr", os.O_RDONLY), 2),
    "a session": os.setsid,
    "a folder to work in": lambda: os.chdir("/"),
    "a mask for files": lambda: raw("umask", 0),
    "a message queue": lambda: raw("msgget", 1, 0o1600),
    "a segment of shared memory": lambda: raw("shmget", 1, 4096, 0o1600),
    "a key": lambda: call(248, 0, 0, 0, 0, 0),
    "a size of a pipe": lambda: __import__("fcntl").fcntl(1, 1031, 1 << 20),
    "an owner of a descriptor": lambda: __import__("fcntl").fcntl(1, 8, 1),
    "an eviction of pages": lambda: os.posix_fadvise(os.open("/usr/bin/python3", os.O_RDONLY), 0, 0, 4),
    "a count of what is free in /tmp": lambda: os.statvfs("/tmp"),
}
def done():
    found = []
    for name, action in ACTIONS.items():
        try:
            action()
        except (OSError, ValueError, RuntimeError, AttributeError, ImportError):
            continue
        found.append(name)
    return found
"""
"""What would create or change something, or count what is there; `done()` names what could be done."""
DONE_UNCONFINED = {
    *("a file in /tmp", "an open for writing", "a directory", "a link", "a time stamp", "a process", "a thread"),
    *("a signal to the nursery", "a priority of its own", "an alarm", "a timer", "a pipe", "a pair of sockets"),
    *("an event", "a lock", "a folder to work in", "a mask for files", "a count of what is free in /tmp"),
}
"""What any runtime lets code do that is not confined."""

LEAVE = """
def leave():
    for action in (files, time_stamp, processes, priority, limit, processors, peak, reading):
        try:
            action()
        except (OSError, ValueError):
            pass
def files():
    for i in range(50): open(f"/tmp/{i}", "w").write("x")
def time_stamp():
    os.utime("/tmp", (1, 1))
def processes():
    for i in range(10):
        if not os.fork():
            os._exit(0)
def priority():
    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)
def limit():
    resource.prlimit(os.getppid(), resource.RLIMIT_STACK, (1 << 20, 1 << 20))
def processors():
    os.sched_setaffinity(os.getppid(), {0})
def peak():
    bytearray(200 << 20)
def reading():
    for i in range(3): os.listdir("/dev")
"""
LOOK = """
import os, resource
def seen(action):
    try:
        return str(action())
    except OSError:
        return "-"
LOOKS = {
    "process": lambda: os.getpid() - os.getppid(),
    "files": lambda: sorted(os.listdir("/tmp")),
    "inodes": lambda: os.statvfs("/tmp").f_ffree,
    "time": lambda: os.stat("/tmp").st_mtime_ns,
    "reading": lambda: os.stat("/dev").st_atime >= began,
    "priority": lambda: os.getpriority(os.PRIO_PROCESS, 0),
    "limit": lambda: resource.getrlimit(resource.RLIMIT_STACK),
    "processors": lambda: sorted(os.sched_getaffinity(0)),
    "peak": lambda: int(open("/sys/fs/cgroup/memory/memory.max_usage_in_bytes").read() or 0) > 150 << 20,
}
def looked(time):
    global began
    began = time
    return "\\n".join(f"{name}: {seen(look)}" for name, look in LOOKS.items())
"""
"""`looked(time)` is what code can see of what an earlier process did, since that time or at all."""
CODE = f"""{LOOK}{LEAVE}
def predict(x):
    if x == 0:
        leave()
    return looked(x) if x > {BATCH} else "."
"""
"""Its second batch tells what it sees of the first, which leaves all it can if the first input is 0."""


def seen_by_the_second_batch(judge: CodeRunner, first: float) -> dict[str, str]:
    inputs = [first, *map(float, range(1, BATCH)), time.time()]
    evaluation = judge.evaluate(CODE, inputs, output_kind="text", seconds=20.0)
    assert evaluation.status == "ok", evaluation
    return dict(line.split(": ", 1) for line in str(evaluation.outputs[-1]).split("\n"))


def differences(judge: CodeRunner) -> set[str]:
    """What the second batch sees in another way when the first leaves all it can, or when an evaluation before did."""
    judge.start()  # what is read while it starts was read before the first evaluation began
    before, after, later = (seen_by_the_second_batch(judge, first) for first in (-1.0, 0.0, -1.0))
    numbers = [int(seen.pop("process")) for seen in (before, after, later)]
    found = {name for seen in (after, later) for name in before if seen[name] != before[name]}
    return found | ({"process"} if numbers[2] - numbers[1] != numbers[1] - numbers[0] else set())


def test_submitted_code_can_create_and_change_nothing(arena: Arena) -> None:
    evaluation = arena.judge().evaluate(ACTIONS + "def predict(x): return repr(done())", [1.0])
    assert evaluation.outputs == ["[]"]


def test_what_it_tries_would_be_done_without_its_filter(arena: Arena) -> None:
    with changed_runner(UNCONFINED):
        evaluation = arena.judge().evaluate(ACTIONS + "def predict(x): return ','.join(done())", [1.0])
    assert set(str(evaluation.outputs[0]).split(",")) >= DONE_UNCONFINED


def test_no_batch_and_no_evaluation_sees_what_one_before_it_tried_to_leave(arena: Arena) -> None:
    judge = arena.judge()
    assert differences(judge) == set()
    assert judge.run("import os\nprint(os.listdir('/tmp'))").stdout == "[]\n"


def test_without_its_filter_the_next_batch_sees_it(arena: Arena) -> None:
    with changed_runner(UNCONFINED):
        assert differences(arena.judge()) >= {"files", "time"}


SCAN = """
import re
def tokens():
    import ctypes
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # dumpable: its memory has a file that it may open
    found = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            bounds, rights, *_ = line.split()
            if rights[:2] != "rw":
                continue
            start, end = (int(bound, 16) for bound in bounds.split("-"))
            try:
                memory.seek(start)
                found.update(re.findall(rb"tok" + rb"en-[0-9]{4}-", memory.read(end - start)))
            except (OSError, ValueError, OverflowError):
                pass
    return " ".join(sorted(token.decode() for token in found))
def predict(x):
    return tokens() if int(x[6:10]) % 256 == 0 else "."
"""
"""Each batch's first answer: the inputs that are anywhere in its memory."""
INPUTS = [f"token-{number:04}-" for number in range(3 * BATCH)]


def seen_in_memory(judge: CodeRunner) -> list[set[str]]:
    evaluation = judge.evaluate(SCAN, INPUTS, output_kind="text", seconds=20.0)
    assert evaluation.status == "ok", evaluation
    return [set(str(evaluation.outputs[start]).split()) for start in range(0, len(INPUTS), BATCH)]


def test_a_batch_finds_its_own_inputs_in_its_memory_and_no_others(arena: Arena) -> None:
    """Unconfined, for else it could not even read its memory in this way."""
    with changed_runner(UNCONFINED):
        found = seen_in_memory(arena.judge())
    for number, tokens in enumerate(found):
        assert tokens == set(INPUTS[number * BATCH : (number + 1) * BATCH])


def test_a_batch_that_process_1_forks_after_the_inputs_came_finds_those_of_others(arena: Arena) -> None:
    late = {"runner.py": ("        return evaluate(task,", "        self.prepare()\n        return evaluate(task,")}
    with changed_runner(UNCONFINED | late):
        assert any(tokens - set(INPUTS[:BATCH]) for tokens in seen_in_memory(arena.judge())[:1])


def test_submitted_code_sees_neither_counters_nor_other_processes(arena: Arena) -> None:
    code = "import os\ndef predict(x):\n    try: return str(open(x).read())\n    except OSError: return '-'"
    paths = ["/proc/1/stat", "/proc/self/stat", "/proc/loadavg", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes"]
    seen = arena.judge().evaluate(code, paths, output_kind="text").outputs
    if arena.runtime == "runc":
        assert seen == ["-", "-", "-", ""], "the peak is masked, the rest cannot be opened"
    else:  # gVisor has no Landlock; its own /proc tells nothing of other labs, and it counts no peaks
        assert seen[-1] in ("", "-")
