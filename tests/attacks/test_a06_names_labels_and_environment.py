"""A6: `/proc/*/environ`, `cmdline`, `mountinfo`, hostname, labels, image tag."""

import json

from findbench.attacks.arena import Arena
from findbench.harness.sandbox import engine

NAMES = """
import glob, os, platform
seen = [str(dict(os.environ)), platform.node(), os.getcwd(), str(os.uname())]
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/mountinfo") + \\
        glob.glob("/proc/*/comm") + ["/etc/hostname", "/etc/hosts", "/etc/mtab", "/proc/version", "/proc/cmdline"]:
    try:
        seen.append(open(path, errors="replace").read())
    except OSError:
        pass
text = "\\n".join(seen)
for match in PATTERN.findall(text.encode("utf-8", "replace")):
    print("found", match)
print(text)
"""


def test_names_and_environment_tell_nothing_of_the_function(arena: Arena) -> None:
    arena.assert_reads_nothing(NAMES)


def test_names_and_environment_tell_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(NAMES)


def test_labels_names_mounts_and_configuration_of_the_container_tell_nothing(arena: Arena) -> None:
    lab = arena.lab()
    lab.start()
    assert lab.container_id is not None
    description = json.dumps(engine.connect().api.inspect_container(lab.container_id))
    assert not arena.leaks(description)
    assert "numeric" not in description
    environment = arena.inside("sorted(os.environ)")
    assert set(environment) <= {
        "HOME",
        "HOSTNAME",
        "LANG",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONHASHSEED",
        "LC_CTYPE",
    }
