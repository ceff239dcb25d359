"""gVisor's runsc as a runtime of the engine: only when asked for, since it changes the engine's configuration."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from findbench.harness.errors import EngineError, FindbenchError
from findbench.harness.sandbox import engine
from findbench.harness.setup import debian, say

RUNTIME = "runsc"
CONFIGURATION = Path("/etc/docker/daemon.json")
RELOAD_SECONDS = 20.0
ARGUMENTS = ("--platform=ptrace", "--network=none")
"""ptrace runs everywhere (kvm hangs on some machines)."""
WITHOUT_CONTROL_GROUPS = f"--{engine.IGNORES_CONTROL_GROUPS}"
"""For machines whose control groups gVisor cannot use; what rests on them is not limited there."""


def install() -> str:
    """Install runsc, tell the running engine about it without restarting it, and return runsc's version line.

    The engine's configuration file keeps all that is in it. Raises EngineError.
    """
    debian.install("runsc", binary="runsc", purpose="is gVisor, a second kernel around a lab")
    if not engine.has_runtime(RUNTIME):
        if os.geteuid() != 0:
            raise EngineError(
                "registering runsc changes the engine's configuration; run `findbench setup gvisor` as root"
            )
        binary = debian.which("runsc")
        assert binary is not None
        register(CONFIGURATION, binary, engine_pid())
    return str(engine.engine_info()["runtimes"][RUNTIME])


def register(configuration: Path, binary: str, pid: int) -> None:
    """Make runsc a runtime of the running engine, with control groups if labs start with them, else without.

    `pid`: the engine's process, which reads `configuration` anew. Raises EngineError.
    """
    arguments = [*ARGUMENTS, host_sockets_argument(binary)]
    _add(configuration, binary, arguments, pid)
    if why := _why_no_lab_starts():
        say(f"gVisor is told to ignore the control groups of this machine, since no lab starts with them: {why}")
        _add(configuration, binary, [*arguments, WITHOUT_CONTROL_GROUPS], pid)
        say(f"limits that do not hold under {RUNTIME}: {', '.join(engine.unenforced(RUNTIME))}")


def _add(configuration: Path, binary: str, arguments: list[str], pid: int) -> None:
    add_runtime(configuration, {"path": binary, "runtimeArgs": arguments})
    say(f"added the runtime {RUNTIME} to {configuration}; reloading the engine")
    _reload(configuration, arguments, pid)


def _why_no_lab_starts() -> str:
    """What keeps a lab from starting under runsc, or nothing; a lab that hangs is given up after a minute."""
    from findbench.harness.sandbox.container import Sandbox  # with all of the sandbox: only who sets up gVisor needs it

    try:
        Sandbox(runtime=RUNTIME, numpy=False).close()
    except FindbenchError as error:
        return engine.one_line(error)
    return ""


def host_sockets_argument(binary: str) -> str:
    """The flag that lets a lab connect to its two sockets on the host: its name changed in 2023."""
    done = subprocess.run([binary, "flags"], capture_output=True, text=True, timeout=20, check=False)
    newer = re.search(r"^[ \t]*-host-uds\b", done.stdout + done.stderr, re.MULTILINE)
    return "--host-uds=open" if newer else "--fsgofer-host-uds"


def add_runtime(configuration: Path, entry: dict[str, Any]) -> None:
    """Write the runtime into the engine's configuration file, keeping the rest; atomic. Raises EngineError."""
    try:
        text = configuration.read_text() if configuration.exists() else ""
        settings = json.loads(text) if text.strip() else {}
        if not isinstance(settings, dict) or not isinstance(settings.get("runtimes", {}), dict):
            raise ValueError("not an object")
    except ValueError:
        raise EngineError(f"{configuration} is not valid JSON; repair it first, nothing was changed") from None
    settings["runtimes"] = {**settings.get("runtimes", {}), RUNTIME: entry}
    configuration.parent.mkdir(parents=True, exist_ok=True)
    temporary = configuration.with_name(configuration.name + ".new")
    temporary.write_text(json.dumps(settings, indent=4) + "\n")
    if configuration.exists():
        temporary.chmod(configuration.stat().st_mode & 0o777)
    temporary.replace(configuration)


def _reload(configuration: Path, arguments: list[str], pid: int) -> None:
    """SIGHUP makes dockerd read its runtimes again; containers go on running."""
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < deadline:
        known = engine.connect().info().get("Runtimes", {}).get(RUNTIME) or {}
        if known.get("runtimeArgs") == arguments:
            return
        time.sleep(0.2)
    raise EngineError(f"the engine did not take the runtime from {configuration}; restart it while no lab is running")


def engine_pid() -> int:
    """The process of the engine on this machine, from its pid file. Raises EngineError."""
    for path in (Path("/run/docker.pid"), Path("/var/run/docker.pid")):
        try:
            pid = int(path.read_text())
            if Path(f"/proc/{pid}/comm").read_text().strip() == "dockerd":
                return pid
        except (OSError, ValueError):
            continue
    raise EngineError(f"cannot find the engine's process; reload it by hand so that it reads {CONFIGURATION}")
