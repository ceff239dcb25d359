"""D4: known runtime defects: nothing is executed in a container after untrusted code ran in it; versions are recorded."""

import re
from pathlib import Path

import findbench.harness
from findbench.attacks.arena import Arena
from findbench.harness.sandbox import engine


def test_the_harness_never_executes_in_a_running_lab() -> None:
    for path in Path(findbench.harness.__file__).parent.rglob("*.py"):
        if "bench" not in path.parts:
            assert not re.search(r"exec_create|exec_run|exec_start|put_archive|get_archive", path.read_text()), path


def test_engine_and_runtime_versions_are_known(arena: Arena) -> None:
    info = engine.engine_info()
    assert re.match(r"\d+\.\d+", str(info["engine"]))
    assert arena.runtime in info["runtimes"]
