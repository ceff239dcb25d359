"""D1: the engine's socket, mounts, privileges, `release_agent`, `core_pattern`, writes under `/sys` and `/proc`."""

from findbench.attacks.arena import Arena
from findbench.harness.sandbox.docker import USERS

WRITES = """
import os
done = []
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/1/oom_score_adj",
             "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/cgroup.procs",
             "/sys/kernel/uevent_helper", "/sys/class/net/lo/mtu", "/etc/passwd", "/lab/sandbox_image/runner.py", "/run/lab/x", "/x",
             "/usr/bin/python3", "/dev/mem", "/dev/kmsg", "/proc/kcore", "/dev/sda", "/dev/vda", "/var/tmp/x", "/run/x"):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
        done.append(path)
    except OSError:
        pass
print(done)
"""


def test_nothing_of_the_kernel_or_the_image_can_be_written(arena: Arena) -> None:
    lab = arena.lab()
    assert lab.run(WRITES).stdout == "[]\n"
    arena.assert_works(lab)


def test_the_protections_are_seen_from_inside(arena: Arena) -> None:
    status = dict(
        line.split(":\t", 1) for line in arena.inside("open('/proc/self/status').read()").splitlines() if ":\t" in line
    )
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status.get(capabilities, "0"), 16) == 0, capabilities
    assert set(map(int, status["Uid"].split())) <= set(USERS)
    if arena.runtime == "runc":
        assert status["NoNewPrivs"].strip() == "1"
        assert status["Seccomp"].strip() == "2"
    mounts = [line.split() for line in arena.inside("open('/proc/self/mounts').read()").splitlines()]
    root = next(mount for mount in mounts if mount[1] == "/")
    assert "ro" in root[3].split(",")
    assert arena.inside("os.access('/tmp', os.W_OK)")
    writable = arena.inside(
        "[m.split()[1] for m in open('/proc/self/mounts') if os.path.isdir(m.split()[1]) and os.access(m.split()[1], os.W_OK)]"
    )
    assert writable == ["/tmp"]


def test_the_flags_of_the_container_are_those_promised(arena: Arena) -> None:
    from findbench.harness.sandbox import engine

    lab = arena.lab()
    lab.start()
    assert lab.container_id is not None
    config = engine.connect().api.inspect_container(lab.container_id)
    host = config["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert not host["Devices"]
    assert host["IpcMode"] == "none"
    assert host["LogConfig"]["Type"] == "none"
    gvisor = arena.runtime != "runc"  # its own kernel is counted with the lab
    assert host["Memory"] == host["MemorySwap"] == (512 + 128 * gvisor) << 20
    assert host["PidsLimit"] == 64 * (8 if gvisor else 1)
    assert host["NanoCpus"] == 10**9
    assert host["PidMode"] == host["UTSMode"] == host["UsernsMode"] == ""
    assert any(option == "no-new-privileges" for option in host["SecurityOpt"])
    assert any(option.startswith("seccomp={") for option in host["SecurityOpt"])
    mounted = [("/run/lab", False)] if arena.transport == "unix" else []
    assert [(m["Destination"], m["RW"]) for m in config["Mounts"] if m["Type"] == "bind"] == mounted
    assert list(host["Tmpfs"]) == ["/tmp"]
