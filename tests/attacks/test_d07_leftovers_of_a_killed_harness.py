"""D7: containers that outlive a killed harness."""

import os
import signal
import subprocess
import sys
import time

from findbench.attacks.arena import Arena, socket_directory
from findbench.harness.sandbox import engine, sweep

OWNER = """
import sys
sys.path[:0] = {path!r}
from findbench.attacks.arena import Hidden
from findbench.harness.lab.lab import Lab
lab = Lab(Hidden(), runtime={runtime!r}, transport={transport!r})
lab.start()
print(lab.container_id, flush=True)
import time
from pathlib import Path
time.sleep(600)
"""


def test_the_sweep_removes_what_a_killed_harness_left_and_nothing_live(arena: Arena) -> None:
    live = arena.lab()
    live.start()
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(path=sys.path, runtime=arena.runtime, transport=arena.transport)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    container = process.stdout.readline().strip()
    directory = socket_directory(container) if arena.transport == "unix" else None
    sweep.sweep()
    api = engine.connect().api
    assert api.inspect_container(container)["State"]["Running"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        sweep.sweep()
        if not api.containers(all=True, filters={"id": container}):
            break
        time.sleep(0.2)
    assert not api.containers(all=True, filters={"id": container})
    assert directory is None or not directory.exists()
    arena.assert_works(live)
