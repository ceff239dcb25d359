"""D7: containers that outlive a killed harness."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from findbench.attacks.arena import Arena
from findbench.harness.sandbox import engine, ownership

OWNER = """
import sys
sys.path[:0] = {path!r}
from findbench.attacks.arena import Hidden
from findbench.harness.lab import Lab
lab = Lab(Hidden(), runtime={runtime!r})
lab.start()
print(lab._sandbox.container, lab._sandbox.directory, flush=True)
import time
from pathlib import Path
time.sleep(600)
"""


def test_the_sweep_removes_what_a_killed_harness_left_and_nothing_live(arena: Arena) -> None:
    live = arena.lab()
    live.start()
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(path=sys.path, runtime=arena.runtime)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    container, directory = process.stdout.readline().split()
    ownership.sweep()
    api = engine.connect().api
    assert api.inspect_container(container)["State"]["Running"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ownership.sweep()
        if not api.containers(all=True, filters={"id": container}):
            break
        time.sleep(0.2)
    assert not api.containers(all=True, filters={"id": container})
    assert not Path(directory).exists()
    arena.assert_works(live)
