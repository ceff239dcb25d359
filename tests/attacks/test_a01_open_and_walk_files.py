"""A1: open or walk files, looking for the function, the suite or the held-out answers."""

from findbench.attacks.arena import Arena

WALK = """
import os
for root in (".", "/", "/run/lab", "/tmp", "/lab", "/proc/1/cwd", "/proc/1/root"):
    for folder, names, files in os.walk(root, onerror=None):
        if folder.startswith(("/proc", "/sys", "/usr/lib/python3", "/usr/share", "/var/lib")) and not root.startswith("/proc"):
            names.clear()
            continue
        for name in files:
            path = os.path.join(folder, name)
            try:
                if os.path.isfile(path) and os.path.getsize(path) < 1 << 22:
                    for match in PATTERN.findall(open(path, "rb").read()):
                        print("found", path, match)
            except (OSError, ValueError):
                pass
"""


def test_walking_every_file_finds_no_trace_of_the_function(arena: Arena) -> None:
    arena.assert_reads_nothing(WALK)


def test_the_walk_finds_the_function_in_an_unsafe_lab(arena: Arena) -> None:
    everywhere = WALK[WALK.index('"."') : WALK.index("):\n    for folder")]
    arena.assert_unsafe_leaks(WALK.replace(everywhere, '".",'))  # the rest is the person's own machine: it can be large
