"""A container engine that answers: the one that is there, else Debian's, installed and started (as root)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from pathlib import Path

from findbench.harness.errors import EngineError
from findbench.harness.sandbox import endpoint, engine
from findbench.harness.setup import cache, debian, last_line, say

START_SECONDS = 60.0
"""How long a started engine may take to answer."""
PROBE_SECONDS = 10
PID_FILE = "dockerd.pid"
"""In the cache: process id of an engine that was started here by hand; absent when somebody else's answers."""
LOG_FILE = "dockerd.log"
"""In the cache: what an engine that was started here by hand says."""
BARE_NETWORK = ("--bridge=none", "--iptables=false", "--ip6tables=false")
"""For kernels without netfilter: labs have no network anyway."""


def ensure() -> str:
    """Make sure that an engine answers, and say which. A running engine is never touched. Raises EngineError."""
    try:
        return _version()
    except EngineError:
        # An engine that is slow or refuses is not ours to replace.
        wanted = endpoint.current()
        own = os.geteuid() == 0 and wanted.url == endpoint.DEFAULT_URL
        if not own or not endpoint.nobody_listens(wanted.path):
            raise
    debian.install(*_packages(), binary="dockerd", purpose="runs the labs' containers")
    if not _wait(3.0):  # the package's own script may be starting it
        _start()
    return _version()


def _packages() -> list[str]:
    """Debian's engine, and what loads its profile where the kernel has AppArmor on."""
    with contextlib.suppress(OSError):
        if Path("/sys/module/apparmor/parameters/enabled").read_text().startswith("Y"):
            return ["docker.io", "apparmor"]
    return ["docker.io"]


def _version() -> str:
    return str(engine.connect(PROBE_SECONDS).version()["Version"])


def _wait(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            _version()
        except EngineError:
            time.sleep(0.2)
        else:
            return True
    return False


def _start() -> None:
    if Path("/run/systemd/system").is_dir():
        say("starting the container engine (systemctl start docker)")
        done = subprocess.run(["systemctl", "start", "docker"], capture_output=True, text=True, check=False)
        if done.returncode or not _wait(START_SECONDS):
            raise EngineError(
                f"the container engine did not start: {last_line(done.stderr)}; see `journalctl -u docker`"
            )
        return
    _mount_cgroups()
    log = cache() / LOG_FILE
    for options in ((), BARE_NETWORK):
        say(f"starting the container engine ({' '.join(('dockerd', *options))}; its log is {log})")
        if _start_daemon(options):
            return
    raise EngineError(f"dockerd did not start: {last_line(log.read_text(errors='replace'))}; see {log}")


def _mount_cgroups() -> None:
    """Without systemd nobody may have mounted the control groups, and limits need them."""
    if Path("/sys/fs/cgroup/cgroup.controllers").exists() or Path("/sys/fs/cgroup/memory").is_dir():
        return
    debian.install("cgroupfs-mount", binary="cgroupfs-mount", purpose="mounts the control groups")
    subprocess.run(["cgroupfs-mount"], capture_output=True, check=False)  # dockerd's log says it when this failed


def _start_daemon(options: tuple[str, ...]) -> bool:
    """Start dockerd in a session of its own, so that it outlives the terminal; False when it gave up."""
    directory = cache()
    binary = debian.which("dockerd")
    assert binary is not None
    with (directory / LOG_FILE).open("wb") as log:
        daemon = subprocess.Popen(
            [binary, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{debian.ADMIN_PATH}"},
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and daemon.poll() is None:
        if _wait(1.0):
            (directory / PID_FILE).write_text(f"{daemon.pid}\n")
            daemon.returncode = 0  # it lives on; nobody here waits for it
            return True
    if daemon.poll() is None:
        daemon.terminate()
        daemon.wait(30)
    return False
