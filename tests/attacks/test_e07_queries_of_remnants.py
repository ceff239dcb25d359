"""E7: a forked or threaded remnant that queries `f` after its experiment was answered."""

import contextlib
import time

import pytest

from findbench.attacks.arena import ORACLE, Arena
from findbench.harness.lab.lab import Lab
from findbench.harness.lab.oracle import Session

DETACHED = """
import os, time
f(0.0)
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(1), os.close(2)
    while True:
        try: f(5.0)
        except RuntimeError: pass
time.sleep(0.05)
"""
"""Forks twice, lets go of the session and of stdout, keeps the connection."""
THREAD = """
import threading, time
def ask():
    while True:
        try: f(5.0)
        except RuntimeError: pass
threading.Thread(target=ask, daemon=True).start()
time.sleep(0.05)
"""
AT_FORK = """
import os, time
def ask():
    time.sleep(0.05)
    for _ in range(5):
        try: f(5.0)
        except RuntimeError: pass
if not globals().get("hooked"): os.register_at_fork(after_in_child=ask)
hooked = True
"""
"""In the process that is forked ahead for the next experiment: it asks while nothing is under way."""
UNREAD = (
    ORACLE
    + """
import struct
sock = oracle_socket()
sock.setblocking(False)
try:
    for _ in range(20_000): sock.send(struct.pack("<IBd", 8, 1, 5.0))
except OSError: pass
"""
)
"""Thousands of requests that are still on their way when it ends."""
REMNANTS = {"a detached fork": DETACHED, "a thread": THREAD, "a fork ahead": AT_FORK, "requests on their way": UNREAD}
PAUSE_SECONDS = 0.2


def queries_beside_the_results(lab: Lab, code: str) -> int:
    """How many queries were counted that no result of an experiment has told of.

    What a thread asks while a later experiment runs is counted in that one.
    """
    told = 0
    for _ in range(2):
        told += lab.run(code, seconds=5.0).queries
        time.sleep(PAUSE_SECONDS)  # whatever is left may ask now
        told += lab.run("pass").queries
    time.sleep(PAUSE_SECONDS)
    return lab.queries - told


@pytest.mark.parametrize("remnant", REMNANTS)
def test_every_query_is_counted_in_a_result_and_none_afterwards(arena: Arena, remnant: str) -> None:
    lab = arena.lab(budget=1_000_000)
    assert queries_beside_the_results(lab, REMNANTS[remnant]) == 0
    assert len(lab.queried) == lab.queries
    assert lab.run("print(1)").stdout == "1\n"


@pytest.mark.parametrize("remnant", ["a detached fork", "requests on their way"])
def test_what_an_experiment_left_behind_costs_the_next_nothing(arena: Arena, remnant: str) -> None:
    lab = arena.lab(budget=1_000_000)
    lab.run(REMNANTS[remnant], seconds=5.0)
    arena.assert_works(lab)
    arena.assert_works(lab)


def test_remnants_ask_where_the_oracle_answers_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its teeth: the defect put back. (Over stdin and stdout nobody listens between two experiments anyway.)"""
    monkeypatch.setattr(Session, "end", lambda _: None)
    with contextlib.closing(Arena("runc", "unix")) as arena:
        assert queries_beside_the_results(arena.lab(budget=1_000_000), AT_FORK) > 0
