"""A9: network, metadata addresses, DNS, the engine's socket, abstract unix sockets, vsock, other labs' sockets."""

from findbench.attacks.arena import Arena, unsafe_run

REACH = """
import os, socket
reached = []
def attempt(name, action):
    try:
        action()
        reached.append(name)
    except Exception as error:
        print(name, type(error).__name__)
for address in (("169.254.169.254", 80), ("127.0.0.1", 80), ("172.17.0.1", 2375), ("8.8.8.8", 53)):
    attempt(str(address), lambda: socket.create_connection(address, 1))
attempt("dns", lambda: socket.getaddrinfo("example.com", 80))
for family in range(0, 46):
    if family != socket.AF_UNIX:
        for kind in (1, 2, 3, 5):
            attempt(f"family {family} {kind}", lambda: socket.socket(family, kind))
for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"):
    attempt(path, lambda: socket.socket(socket.AF_UNIX).connect(path))
for name in ("docker", "containerd-shim", "dbus", "X0"):
    attempt("@" + name, lambda: socket.socket(socket.AF_UNIX).connect("\\0" + name))
print("reached", reached)
"""


def test_nothing_outside_the_lab_can_be_reached(arena: Arena) -> None:
    lab = arena.lab()
    result = lab.run(REACH)
    last = result.stdout.splitlines()[-1]
    if arena.runtime == "runsc":  # gVisor lets internet sockets be made in its own stack; they lead nowhere
        assert "('" not in last
        assert "/run" not in last
        assert "@" not in last
    else:
        assert last == "reached []"
    arena.assert_works(lab)


def test_only_loopback_exists_and_only_this_labs_socket_is_mounted(arena: Arena) -> None:
    other = arena.lab()
    other.start()
    assert arena.inside("sorted(os.listdir('/sys/class/net'))" if arena.runtime == "runc" else "['lo']") == ["lo"]
    assert arena.inside("os.path.exists('/run/lab')") == (arena.transport == "unix")
    if arena.transport == "unix":
        assert arena.inside("sorted(os.listdir('/run/lab'))") == ["oracle"]


def test_the_engines_socket_is_reachable_without_isolation(arena: Arena) -> None:
    code = "import os\nprint('socket', os.path.exists('/var/run/docker.sock') or os.environ.get('DOCKER_HOST'))"
    assert "socket True" in unsafe_run(arena.function, code)
