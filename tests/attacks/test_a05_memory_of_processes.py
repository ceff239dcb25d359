"""A5: `/proc/*/mem`, `process_vm_readv`, ptrace of the runner and the state process."""

from findbench.attacks.arena import Arena

MEMORY = """
import os
def scan(pid):
    try:
        maps = open(f"/proc/{pid}/maps").read().splitlines()
        memory = open(f"/proc/{pid}/mem", "rb", 0)
    except OSError as error:
        print(pid, type(error).__name__)
        return
    for line in maps:
        span, mode = line.split()[:2]
        low, high = (int(x, 16) for x in span.split("-"))
        if "r" not in mode or high - low > 1 << 26 or "[v" in line:
            continue
        try:
            memory.seek(low)
            data = memory.read(high - low)
        except (OSError, ValueError, OverflowError):
            continue
        for match in set(PATTERN.findall(data)):
            print("found", pid, match)
for name in os.listdir("/proc"):
    if name.isdigit():
        scan(name)
"""
PTRACE = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, os.getppid()):
    for request in (16, 0x4206):
        value = libc.ptrace(request, pid, 0, 0)
        print("ptrace", value, ctypes.get_errno())
class Iov(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(64)
local, remote = Iov(ctypes.addressof(buffer), 64), Iov(id(f), 64)
for pid in (1, os.getppid()):
    print("vm_readv", libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0), ctypes.get_errno())
    print("vm_writev", libc.process_vm_writev(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0), ctypes.get_errno())
"""


def test_no_process_memory_holds_a_secret(arena: Arena) -> None:
    result = arena.assert_reads_nothing(MEMORY)
    assert "1 PermissionError" in result.stdout  # the runner's memory cannot even be opened


def test_process_memory_holds_the_secret_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(MEMORY.replace('os.listdir("/proc")', "[str(os.getpid())]"))


def test_no_process_can_be_traced_or_read_across(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(PTRACE)
    values = [int(line.split()[1]) for line in result.stdout.splitlines()]
    assert values
    assert set(values) == {-1}, result.stdout
    arena.assert_works(lab)
