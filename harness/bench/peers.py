"""Other people's sandboxes, measured in the same run where their packages are installed (`make bench-peers`)."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from findbench.harness.bench.timing import percentiles
from findbench.harness.sandbox import engine, image, ownership


def available() -> bool:
    """Whether `llm-sandbox` is installed."""
    return importlib.util.find_spec("llm_sandbox") is not None


def llm_sandbox(*, repeat: int) -> dict[str, float]:
    """One step of `llm-sandbox` in a session that is already open, on our image: the same trivial code with numpy.

    It calls `python`, of which our image has `python3` only: a folder with that link comes first in its PATH.
    """
    session_class: Any = importlib.import_module("llm_sandbox").SandboxSession
    code = "import numpy as np\nprint(np.arange(10).sum())"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "python").symlink_to("/usr/bin/python3")
        options = {
            "client": engine.connect(),
            "image": image.current().tag,
            "lang": "python",
            "skip_environment_setup": True,
            "runtime_configs": {
                "user": "root",
                "entrypoint": ["/bin/sh"],
                "network_mode": "none",
                "volumes": {folder: {"bind": "/opt/bin", "mode": "ro"}},
                "environment": {"PATH": "/opt/bin:/usr/bin:/bin"},
                "labels": {ownership.OWNER_LABEL: ownership.owner_token()},
            },
        }
        with session_class(**options) as session:
            assert session.run(code).stdout.strip() == "45"
            return percentiles("llm_sandbox", "ms", lambda: session.run(code), repeat=repeat)
