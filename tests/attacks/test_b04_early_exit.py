"""B4: `os._exit(0)`, `sys.exit`, killing the parent, an early exit taken as success."""

import pytest

from findbench.attacks.arena import Arena, Verdicts

EXITS = {
    "os._exit at import": "import os\nos._exit(0)",
    "sys.exit at import": "import sys\nsys.exit(0)",
    "os._exit in predict": "import os\ndef predict(x):\n    os._exit(0)",
    "sys.exit in predict": "import sys\ndef predict(x):\n    sys.exit(0)",
    "kill everything": "import os, signal\ndef predict(x):\n    os.kill(-1, signal.SIGKILL)\n    return x",
    "kill the runner": "import os, signal\nos.kill(1, signal.SIGKILL)\nos.kill(1, signal.SIGTERM)\nos.kill(os.getppid(), 9)\nos._exit(0)",
}


@pytest.mark.parametrize("name", EXITS)
def test_an_early_exit_is_a_wrong_answer(arena: Arena, verdicts: Verdicts, name: str) -> None:
    judge = arena.judge()
    assert judge.evaluate(EXITS[name], [1.0, 2.0, 3.0]).outputs == [None, None, None]
    assert judge.evaluate("def predict(x):\n    return x", [1.0]).outputs == [1.0]
    verdicts.assert_fails(EXITS[name])
