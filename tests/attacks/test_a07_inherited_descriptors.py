"""A7: file descriptors that an experiment inherits."""

from findbench.attacks.arena import Arena

READ_ALL = """
import os, socket
for number in range(0, 256):
    try:
        info = os.fstat(number)
    except OSError:
        continue
    try:
        os.set_blocking(number, False)
        os.lseek(number, 0, 0)
    except OSError:
        pass
    try:
        data = os.read(number, 1 << 20)
    except OSError:
        data = b""
    for match in PATTERN.findall(data):
        print("found", number, match)
"""
LIST = """
import os, stat
kinds = []
for number in range(0, 256):
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        continue
    kinds.append("socket" if stat.S_ISSOCK(mode) else "pipe" if stat.S_ISFIFO(mode) else "device" if stat.S_ISCHR(mode) else "other")
print(*sorted(kinds))
"""


def test_no_descriptor_gives_a_secret(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run("import re\nPATTERN = re.compile(rb'canary-[0-9a-f]{16}')\n" + READ_ALL)
    assert not arena.leaks(result.stdout)
    arena.assert_works(lab)


def test_descriptors_give_the_secret_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(READ_ALL)


def test_an_experiment_has_only_the_expected_descriptors(arena: Arena) -> None:
    # stdin on /dev/null, the pipes of stdout and stderr (each twice: a spare restores it), the channel to the runner;
    # and, once it has called f, the oracle, until it ends.
    lab = arena.lab()
    expected = ["device", *["pipe"] * 4, "socket"]
    assert lab.run(LIST).stdout.split() == expected
    assert lab.run("f(1.0)\n" + LIST).stdout.split() == [*expected, "socket"]
    assert lab.run(LIST).stdout.split() == expected
