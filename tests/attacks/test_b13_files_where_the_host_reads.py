"""B13: traversal, symlinks, hard links, FIFOs, devices where the host reads."""

from findbench.attacks.arena import Arena, socket_directory

PLANT = """
import os
tried = []
for action in (
    lambda: os.symlink("/etc/shadow", "/run/lab/result"),
    lambda: os.mkfifo("/run/lab/control"),
    lambda: os.link("/run/lab/oracle", "/run/lab/other"),
    lambda: os.unlink("/run/lab/oracle"),
    lambda: os.rename("/run/lab/oracle", "/run/lab/moved"),
    lambda: os.mknod("/tmp/device", 0o20666, os.makedev(1, 3)),
    lambda: open("/run/lab/../lab/x", "w"),
):
    try:
        action()
        tried.append("done")
    except OSError:
        tried.append("refused")
print(*tried)
"""


def test_a_lab_can_plant_nothing_where_the_host_looks(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(PLANT)
    words = result.stdout.split()
    if arena.runtime == "runsc":
        words[5] = "refused"  # gVisor makes the node in its own tmpfs: no device of the host is behind it
    assert set(words) == {"refused"}, result
    if arena.transport == "unix":
        assert lab.container_id is not None
        assert [path.name for path in socket_directory(lab.container_id).iterdir()] == ["oracle"]
    arena.assert_works(lab)
