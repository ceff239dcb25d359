"""C6: oracle floods: millions of calls, a giant batch, half a frame, a never-ending frame, deep JSON, many connections."""

import time

import pytest

from findbench.attacks.arena import ORACLE, Arena, HiddenText

OPEN = (
    ORACLE
    + """
import struct, time
def opened():
    sock = oracle_socket()
    sock.settimeout(2)
    return sock
"""
)
FLOODS = {
    "calls beyond the budget": "for _ in range(10**7):\n    try:\n        f(1.0)\n    except BudgetExhausted:\n        pass",
    "giant batch": "try:\n    f(np.zeros(50_000_000))\nexcept Exception as error:\n    print(type(error).__name__)",
    "half a frame": OPEN + "s = opened()\ns.sendall(b'\\x08\\0\\0\\0\\x01abc')",
    "claims four gigabytes": OPEN + "s = opened()\ns.sendall(struct.pack('<IB', 2**32 - 1, 2))\n"
    "try:\n    while True: s.sendall(b'x' * 65536)\nexcept OSError: pass",
    "unknown kinds": OPEN
    + "for kind in range(256):\n    s = opened()\n    s.sendall(struct.pack('<IB', 4, kind) + b'abcd')",
    "many connections": OPEN + "kept = []\ntry:\n    for _ in range(200): kept.append(opened())\nexcept OSError: pass",
    "never reads": OPEN
    + "s = opened()\ns.setblocking(False)\ntry:\n    while True: s.send(struct.pack('<IBd', 8, 1, 1.0))\n"
    "except OSError: pass",
    "noise": OPEN + "import os\ns = opened()\ntry:\n    while True: s.sendall(os.urandom(4096))\nexcept OSError: pass",
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_costs_the_flooder_only(arena: Arena, name: str) -> None:
    hostile = arena.lab(budget=100)
    other = arena.lab()
    other.start()
    start = time.monotonic()
    hostile.run(FLOODS[name], seconds=3.0)
    assert time.monotonic() - start < 60
    arena.assert_works(other)
    assert hostile.queries <= 100
    assert hostile.run("print('alive')").stdout == "alive\n"


def test_the_budget_is_exact(arena: Arena) -> None:
    lab = arena.lab(budget=5)
    result = lab.run("for i in range(10):\n    try: f(1.0)\n    except BudgetExhausted: print(i)")
    assert result.stdout.split() == ["5", "6", "7", "8", "9"]
    assert (result.queries, lab.remaining) == (5, 0)


def test_deep_json_and_lists_of_other_things_are_refused(arena: Arena) -> None:
    code = OPEN + (
        "for payload in (b'[' * 100_000, b'{}', b'[1]', b'[[\"a\"]]', b'[null]', b'\\xff', b'NaN', b'[\"a\",]'):\n"
        "    s = opened()\n    s.sendall(struct.pack('<IB', len(payload), 4) + payload)\n    print(s.recv(6)[4:])\n"
    )
    lab = arena.lab(HiddenText())
    assert set(lab.run(code).stdout.split("\n")[:-1]) == {"b'\\x05\\x06'"}
    assert lab.run("print(f('ab'))").stdout == "BA\n"
