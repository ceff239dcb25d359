"""An engine as on another machine: a dockerd of a test's own that sees no file of this one, reached over TCP or ssh."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from findbench.harness.sandbox import endpoint, engine
from findbench.harness.sandbox.endpoint import Endpoint
from findbench.harness.setup import base, debian
from findbench.harness.setup.engine import BARE_NETWORK

SECONDS = 60.0
"""How long a daemon may take to start or to stop."""
MASKS = 'mount -t tmpfs none /tmp && mount -t tmpfs none /run && exec "$@"'
ELSEWHERE = (
    "setpriv",
    "--pdeathsig",
    "TERM",
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    MASKS,
    "sh",
)
"""Before a command: in a mount namespace of its own, where the directories in which labs have sockets are others.

It ends with the process that started it, so that tests which are killed leave no engine behind.
"""
POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian's way to install a package without starting its service."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class RemoteEngine:
    """A dockerd whose data are below `home`. `tcp` and `unix` are its addresses."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.tcp = f"tcp://127.0.0.1:{free_port()}"
        self.unix = f"unix://{home}/sock"
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        binary = debian.which("dockerd")
        assert binary is not None, "the machine's engine is not dockerd"
        own = {"data-root": "data", "exec-root": "exec", "pidfile": "pid", "config-file": "none"}
        (self.home / "none").write_text("{}")  # not the machine's own /etc/docker/daemon.json
        arguments = [f"--{option}={self.home / name}" for option, name in own.items()]
        # `--tls=false` says that no encryption is meant: this port is on the loopback, for the time of a test.
        arguments += [*BARE_NETWORK, "--tls=false", "-H", self.tcp, "-H", self.unix]
        with (self.home / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [*ELSEWHERE, binary, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{debian.ADMIN_PATH}"},
            )
        deadline = time.monotonic() + SECONDS
        while endpoint.nobody_listens(self.home / "sock"):
            assert self._daemon.poll() is None, self._last_words()
            assert time.monotonic() < deadline, self._last_words()
            time.sleep(0.05)
        Endpoint(self.tcp, "the test").ping()

    def stop(self) -> None:
        """Its containers end with it."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.terminate()
            daemon.wait(SECONDS)

    def copy_base(self) -> None:
        """Bring the base image from the machine's engine; one from a registry this engine can pull by itself."""
        reference = base.ensure(engine.connect())
        if "@" not in reference:
            with subprocess.Popen(["docker", "save", reference], stdout=subprocess.PIPE) as saving:
                subprocess.run(["docker", "-H", self.tcp, "load"], stdin=saving.stdout, capture_output=True, check=True)
            assert saving.returncode == 0

    def _last_words(self) -> str:
        return (self.home / "log").read_text(errors="replace")[-2000:]


@contextmanager
def remote_engine() -> Iterator[RemoteEngine]:
    """Running, with the base image; gone with all of its data afterwards."""
    with TemporaryDirectory(prefix="fb-", dir=_somewhere(), ignore_cleanup_errors=True) as home:
        own = RemoteEngine(Path(home))
        try:
            own.start()
            own.copy_base()
            yield own
        finally:
            own.stop()


def _somewhere() -> str:
    """A directory neither below /tmp nor below /run, which are others for the engine; in memory if it can be."""
    memory = Path("/dev/shm")
    quick = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    return str(memory) if quick else "/var/tmp"


@contextmanager
def tls_to(own: RemoteEngine, folder: Path) -> Iterator[str]:
    """What an engine with `--tlsverify` is to its clients, in front of `own`; yields its address.

    `folder` gets ca.pem, cert.pem and key.pem, as `DOCKER_CERT_PATH` wants them.
    """
    for name, subject, signed in (("ca", "/CN=ca", False), ("server", "/CN=server", True), ("client", "/CN=me", True)):
        by = ("-CA", "ca.pem", "-CAkey", "ca-key.pem") if signed else ()
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
                *("-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1", "-out", f"{name}.pem"),
                *("-keyout", f"{name}-key.pem", *by),
            ],
            cwd=folder,
            capture_output=True,
            check=True,
        )
    (folder / "client.pem").rename(folder / "cert.pem")
    (folder / "client-key.pem").rename(folder / "key.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context, own.tcp), daemon=True).start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, context: ssl.SSLContext, behind: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=_relay, args=(peer, context, behind), daemon=True).start()


def _relay(peer: socket.socket, context: ssl.SSLContext, behind: str) -> None:
    """Decrypt what comes, encrypt what goes, until either end closes."""
    host, _, port = behind.removeprefix("tcp://").partition(":")
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(OSError))
        stack.enter_context(peer)
        engine_end = stack.enter_context(socket.create_connection((host, int(port))))
        secure = stack.enter_context(context.wrap_socket(peer, server_side=True))
        while True:
            readable = [secure] if secure.pending() else select.select([secure, engine_end], [], [])[0]
            for end, other in ((secure, engine_end), (engine_end, secure)):
                if end in readable:
                    data = end.recv(1 << 16)
                    if not data:
                        return
                    other.sendall(data)


@contextmanager
def ssh_to(own: RemoteEngine, folder: Path) -> Iterator[str]:
    """An sshd of the test's own on this machine's loopback, through which `own` is reached; yields its address.

    Yields too a directory for PATH whose `ssh` knows the key: nobody's `~/.ssh` is read or written.
    """
    _install_sshd()
    binary = debian.which("sshd")
    assert binary is not None
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    folder.chmod(0o755)
    port = free_port()
    docker = shutil.which("docker")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile none\nUsePAM no\n"
        f"StrictModes no\nPasswordAuthentication no\nAuthorizedKeysFile {folder}/user_key.pub\n"
        f"SetEnv DOCKER_HOST={own.tcp} PATH={Path(docker or '').parent}:/usr/bin:/bin\n"
    )
    client = folder / "ssh"
    client.write_text(
        f"#!/bin/sh\nexec {shutil.which('ssh')} -F /dev/null -i {folder}/user_key -o IdentitiesOnly=yes "
        f'-o UserKnownHostsFile={folder}/known -o StrictHostKeyChecking=accept-new "$@"\n'
    )
    client.chmod(0o755)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "sshd.log").open("wb") as log:
        daemon = subprocess.Popen(
            [binary, "-D", "-e", "-f", str(folder / "sshd_config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert daemon.poll() is None, (folder / "sshd.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield f"ssh://root@127.0.0.1:{port}"
    finally:
        daemon.terminate()
        daemon.wait(SECONDS)


def _install_sshd() -> None:
    """Debian's, without the service that it would start on every address of this machine."""
    guard = not POLICY.exists()
    if debian.which("sshd") is None and guard:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        debian.install("openssh-server", binary="sshd", purpose="is the other machine in the tests over ssh")
    finally:
        if guard:
            POLICY.unlink(missing_ok=True)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python process of its own: what a process found out about its engine is kept for its life."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
