"""D8: harness names visible inside."""

from findbench.attacks.arena import Arena

WORDS = ("findbench", "harness", "interpretab", "benchmark", "hidden_function", "docker")
LOOK = """
import glob, os, platform
text = platform.node() + str(dict(os.environ)) + str(os.uname())
for path in glob.glob("/proc/[0-9]*/cmdline") + ["/proc/self/mountinfo", "/proc/self/cgroup", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"]:
    try:
        text += open(path, errors="replace").read().split("/docker/containers")[0] if path.endswith("mountinfo") else open(path).read()
    except OSError:
        pass
print(text.lower())
"""


def test_names_inside_are_neutral(arena: Arena) -> None:
    text = arena.lab().run(LOOK).stdout
    for word in WORDS[:5]:
        assert word not in text
    assert "lab" in text
