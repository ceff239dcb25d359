"""A8: leftovers: image layers, caches, `/tmp`, traces of another episode."""

import subprocess

from findbench.attacks.arena import Arena, Hidden
from findbench.harness.sandbox import image
from findbench.harness.sandbox.image import LAB_MODULES

LEFTOVERS = """
import os
for root in ("/tmp", "/var/tmp", "/var/cache", "/root", "/home", "/dev/shm", "."):
    for folder, names, files in os.walk(root):
        for name in files:
            try:
                data = open(os.path.join(folder, name), "rb").read(1 << 20)
            except OSError:
                continue
            for match in PATTERN.findall(data + name.encode()):
                print("found", folder, name, match)
"""


def test_a_second_episode_finds_nothing_of_the_first(arena: Arena) -> None:
    first = arena.lab()
    first.run(f"open('/tmp/{arena.function.canary}', 'w').write('{arena.function.canary}')")
    first.close()
    arena.assert_reads_nothing(LEFTOVERS)
    assert Hidden().canary != arena.function.canary


def test_leftovers_are_found_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(LEFTOVERS.replace('"/tmp", "/var/tmp", "/var/cache", "/root", "/home", "/dev/shm", ', ""))


def test_the_image_holds_no_cache_and_nothing_of_the_project_but_the_runner(arena: Arena) -> None:
    found = arena.inside(
        "[os.path.join(d, n) for r in ('/lab', '/root', '/home', '/tmp', '/var/cache/apt', '/var/lib/apt/lists')"
        " for d, _, files in os.walk(r) for n in files]"
    )
    assert {name.split("/")[-1].split(".")[0] for name in found} <= {"__main__", "wire", *LAB_MODULES}
    history = subprocess.run(
        ["docker", "history", "--no-trunc", image.current().tag], capture_output=True, text=True, check=True
    ).stdout
    assert "findbench" not in history.replace(image.current().tag, "")
