"""A second container engine of a test's own, to be stopped and started; the machine's engine is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from findbench.harness.sandbox import image
from findbench.harness.setup import debian
from findbench.harness.setup.engine import BARE_NETWORK

SECONDS = 60.0
"""How long it may take to start or to stop."""
ROOM = 2 << 30
"""Bytes of memory free, from which on the engine's data may lie in a tmpfs: its image is loaded in half the time."""


class PrivateEngine:
    """A dockerd with its own data, containerd, process id file and socket, all below `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.host = f"unix://{home}/sock"
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the dockerd that runs."""
        assert self._daemon is not None
        return self._daemon.pid

    @property
    def configuration(self) -> Path:
        """Its own configuration file, which says nothing at first."""
        return self.home / "none"

    def start(self) -> None:
        """Returns when it answers."""
        binary = debian.which("dockerd")
        assert binary is not None, "the machine's engine is not dockerd"
        own = {"data-root": "data", "exec-root": "exec", "pidfile": "pid", "config-file": "none"}
        arguments = [f"--{option}={self.home / name}" for option, name in own.items()]
        self.configuration.write_text("{}")  # not the machine's own /etc/docker/daemon.json
        path = f"{os.environ.get('PATH', '')}:{debian.ADMIN_PATH}"
        with (self.home / "log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [binary, *arguments, *BARE_NETWORK, "-H", self.host],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PATH": path},
            )
        deadline = time.monotonic() + SECONDS
        while self._docker("version", check=False).returncode:
            assert self._daemon.poll() is None, self._last_words()
            assert time.monotonic() < deadline, self._last_words()
            time.sleep(0.05)

    def stop(self) -> None:
        """As `systemctl stop` does; its containers end with it."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.terminate()
            daemon.wait(SECONDS)

    def load(self, tag: str) -> None:
        """Bring an image from the machine's engine."""
        with subprocess.Popen(["docker", "save", tag], stdout=subprocess.PIPE) as saving:
            self._docker("load", stdin=saving.stdout)
        assert saving.returncode == 0

    def _docker(
        self, *arguments: str, check: bool = True, stdin: IO[bytes] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["docker", "-H", self.host, *arguments],
            stdin=stdin,
            capture_output=True,
            check=check,
            timeout=240,
        )

    def _last_words(self) -> str:
        return (self.home / "log").read_text(errors="replace")[-2000:]


@contextmanager
def private_engine() -> Iterator[PrivateEngine]:
    """Running, with the sandbox image; gone with all of its data afterwards."""
    tag = image.current().tag
    memory = Path("/dev/shm")
    quick = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    with TemporaryDirectory(prefix="fb-", dir=memory if quick else "/tmp", ignore_cleanup_errors=True) as home:
        own = PrivateEngine(Path(home))
        try:
            own.start()
            own.load(tag)
            yield own
        finally:
            own.stop()
