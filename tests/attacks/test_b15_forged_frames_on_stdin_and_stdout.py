"""B15: process 1's own pipes: frames forged on its stdout, tasks stolen from its stdin, outcomes of no task.

Over stdin and stdout these pipes are all that lies between a lab and the host. Under gVisor a process may open them by
the names that `/proc` has for them; under runc it may not, and over unix sockets they are sockets, which have no names.
"""

import pytest

from findbench.attacks.arena import Arena, Verdicts

PIPES = """
import os, struct
OUTER, INNER = struct.Struct("<HBI"), struct.Struct("<IB")
def outer(kind, channel, payload):
    return OUTER.pack(len(payload), kind, channel) + payload
def control(kind, payload):
    return outer(1, 0, INNER.pack(len(payload), kind) + payload)
def opened(flags):
    for number in range(256):
        try:
            yield os.open(f"/proc/1/fd/{number}", flags | os.O_NONBLOCK)
        except OSError:
            pass
def write(frame):
    for pipe in opened(os.O_WRONLY):
        try:
            os.write(pipe, frame)
        except OSError:
            pass
def steal():
    for pipe in list(opened(os.O_RDONLY)):
        try:
            os.read(pipe, 1 << 20)
        except OSError:
            pass
LIE = struct.pack("<BBI", 0, 2, 7) + b"forged\\n"
"""
FORGERIES = {
    "an outcome with a guessed ticket": "write(control(33, bytes(8) + LIE))",
    "an outcome for the next task": (
        "if os.fork() == 0:\n    os.setsid()\n    while True:\n        write(control(33, bytes(8) + LIE))"
    ),
    "the start of an outcome": "write(outer(1, 0, INNER.pack(100, 33) + bytes(8)))",
    "that the runner is ready": "write(control(32, b''))",
    "bytes that are no frame": "write(b'\\xff' * 64)",
    "calls of somebody else": "for n in range(1, 40): write(outer(1, n, struct.pack('<IBd', 8, 1, 1.0)))",
    "credit": "write(outer(3, 1, struct.pack('<I', 2**32 - 1)))",
    "the end of other callers": "for n in range(1, 40): write(outer(2, n, b''))",
    "a task of its own": "write(control(16, bytes(8) + struct.pack('<QdIIBI', 1, 9.0, 99, 99, 0, 15) + b\"print('forged')\"))",
    "a task of its own, to be evaluated": (
        "write(control(17, bytes(8) + struct.pack('<QdIIBI', 1, 9.0, 99, 99, 2, 15) + b\"print('forged')\"))"
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_is_forged_is_never_taken_for_an_outcome(arena: Arena, name: str) -> None:
    lab = arena.lab(budget=60)
    lab.run("kept = 5\nf(1.0)")
    first = lab.run(PIPES + FORGERIES[name], seconds=3.0)
    assert first.stdout != "forged\n", first  # what is only written to its own stdout, it may print as well
    second = lab.run("print('alive')\nprint('kept' in globals())")
    assert (second.status, second.stdout.split()[:1]) == ("ok", ["alive"]), (first, second)
    if second.stdout.split()[1] == "False":  # a lost state is said: with the experiment that lost it, or with the next
        assert not first.state_kept or not second.state_kept
    arena.assert_works(lab)
    assert lab.queries <= 60


def test_a_task_that_was_stolen_is_late_and_the_next_one_works(arena: Arena) -> None:
    lab = arena.lab()
    lab.run(
        PIPES
        + "import threading\ndef thief():\n    while True: steal()\nthreading.Thread(target=thief, daemon=True).start()"
    )
    for _ in range(2):
        result = lab.run("print('alive')", seconds=1.0)
        # Its own stdout is a pipe of process 1 as well, from which it may steal any part: what is left stands in order.
        told = iter("alive\n")
        assert result.status != "ok" or all(letter in told for letter in result.stdout), result
    assert lab.run("print('alive')").stdout == "alive\n"
    arena.assert_works(lab)


def test_submitted_code_that_writes_to_the_pipes_is_wrong_and_the_next_is_judged_alone(
    arena: Arena, verdicts: Verdicts
) -> None:
    forged = PIPES + "write(control(33, bytes(8) + struct.pack('<BBI', 0, 2, 13) + struct.pack('<IBd', 8, 1, 2.0)))\n"
    judge = arena.judge()
    for _ in range(2):
        assert judge.evaluate(forged + "def predict(x):\n    raise ValueError", [1.0]).outputs == [None]
        assert judge.evaluate("def predict(x):\n    return 3 * x", [1.0]).outputs == [3.0]
    verdicts.assert_fails(forged + "def predict(x):\n    return 7.3 * x - 41.9\n")
