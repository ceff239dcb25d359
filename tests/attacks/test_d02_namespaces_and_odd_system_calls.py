"""D2: namespaces, mount, bpf, keyctl, io_uring, perf, userfaultfd, ptrace, odd socket families."""

from findbench.attacks.arena import Arena

CALLS = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
numbers = {"unshare": (272, 0x10000000), "setns": (308, 3, 0), "mount": (165, 0, 0, 0, 0, 0), "umount2": (166, 0, 0),
    "pivot_root": (155, 0, 0), "chroot": (161, 0), "bpf": (321, 0, 0, 0), "keyctl": (250, 0, 0, 0), "add_key": (248, 0, 0, 0, 0, 0),
    "io_uring_setup": (425, 1, 0), "perf_event_open": (298, 0, 0, 0, 0, 0), "userfaultfd": (323, 0), "ptrace": (101, 16, 1, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "pidfd_open": (434, 1, 0), "pidfd_getfd": (438, 3, 0, 0), "kcmp": (312, 1, 1, 0, 0, 0),
    "init_module": (175, 0, 0, 0), "kexec_load": (246, 0, 0, 0, 0), "open_by_handle_at": (304, 0, 0, 0), "reboot": (169, 0, 0, 0),
    "settimeofday": (164, 0, 0), "swapon": (167, 0, 0), "quotactl": (179, 0, 0, 0, 0), "personality": (135, 0x0040000),
    "memfd_create": (319, 0, 0), "fsopen": (430, 0, 0), "mount_setattr": (442, 0, 0, 0, 0, 0),
    "splice": (275, 0, 0, 0, 0, 0, 0), "vmsplice": (278, 0, 0, 0, 0), "setuid": (105, 0), "acct": (163, 0), "syslog": (103, 3, 0, 0)}
allowed = []
for name, (number, *arguments) in numbers.items():
    ctypes.set_errno(0)
    value = libc.syscall(number, *[ctypes.c_long(a) for a in arguments])
    if not (value == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS)):
        allowed.append((name, value, errno.errorcode.get(ctypes.get_errno())))
print(allowed)
"""
NAMESPACES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
results = []
for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
    value = libc.syscall(56, ctypes.c_long(flag | 17), 0, 0, 0, 0)
    if value == 0:
        os._exit(0)
    results.append(value)
    results.append(libc.unshare(flag))
print(set(results))
"""
INSIDE_A_NAMESPACE = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if not child:
    libc.unshare(0x10000000 | 0x00020000)  # a user and a mount namespace of its own, and what it can do in them
    gained = []
    for name, action in {
        "write the image": lambda: open("/etc/gained", "w"),
        "write the mount": lambda: open("/run/lab/gained", "w"),
        "read the runner": lambda: open("/proc/1/mem", "rb").read(1),
        "open the host's memory": lambda: open("/dev/mem", "rb"),
        "open a disk": lambda: (os.mknod("/tmp/disk", 0o60666, os.makedev(8, 0)), open("/tmp/disk", "rb").read(1)),
        "reach the engine": lambda: __import__("socket").socket(1).connect("/var/run/docker.sock"),
    }.items():
        try:
            action()
            gained.append(name)
        except OSError:
            pass
    print(gained)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_odd_system_calls_are_refused(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(CALLS)
    if arena.runtime == "runc":
        assert result.stdout == "[]\n"
    else:
        # gVisor answers in its own kernel and does not take this profile: what is there acts inside it only.
        allowed = result.stdout
        for name in ("mount", "bpf", "kexec_load", "init_module", "reboot", "open_by_handle_at", "keyctl"):
            assert f"('{name}', 0" not in allowed
    arena.assert_works(lab)


def test_no_namespace_can_be_made(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(NAMESPACES)
    if arena.runtime == "runc":
        assert result.stdout == "{-1}\n"
    else:
        # gVisor's namespaces are its own, in its own kernel: one may be made there, and gives nothing of the host.
        assert result.status == "ok"
        assert lab.run(INSIDE_A_NAMESPACE).stdout == "[]\n"
    arena.assert_works(lab)
