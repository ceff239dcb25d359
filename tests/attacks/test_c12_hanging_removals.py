"""C12: a lab that keeps the engine busy with output that nobody reads, so that its removal hangs."""

import contextlib
import threading

import docker
import pytest

from findbench.attacks.arena import ORACLE, Arena
from findbench.harness.errors import InfrastructureError
from findbench.harness.sandbox import engine

FLOODS = {
    "requests that nobody awaits": ORACLE
    + (
        "import struct, threading\nrequest = struct.pack('<IBd', 8, 1, 1.0) * 1000\ndef flood():\n"
        "    while True:\n        s = oracle_socket()\n        try:\n            while True: s.sendall(request)\n"
        "        except OSError: pass\nfor _ in range(16): threading.Thread(target=flood, daemon=True).start()\n"
        "import time\ntime.sleep(60)"
    ),
    "stdout without end": "while True: print('x' * 100_000)",
    "the runner's own stdout": (
        "import os\nwhile True:\n    for number in range(256):\n        try:\n"
        "            os.write(os.open(f'/proc/1/fd/{number}', os.O_WRONLY | os.O_NONBLOCK), b'x' * 65536)\n"
        "        except OSError:\n            os.closerange(20, 256)"
    ),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_lab_that_floods_is_removed_when_it_is_closed(arena: Arena, name: str) -> None:
    lab = arena.lab()
    lab.run("kept = 1")
    container = lab.container_id
    assert container is not None

    def run() -> None:
        with contextlib.suppress(InfrastructureError):  # it is closed meanwhile, which no experiment can do
            lab.run(FLOODS[name], seconds=20.0)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(1.0)
    lab.close()
    thread.join()
    lab.close()  # whatever the thread may have started in place of what was removed
    with pytest.raises(docker.errors.NotFound):
        engine.connect().api.inspect_container(container)
