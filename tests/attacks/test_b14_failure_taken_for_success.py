"""B14: an exception, a timeout or an infrastructure failure counted as a pass or a skip."""

import pytest

from findbench.attacks.arena import CORRECT, SCORED, Arena, Verdicts
from findbench.harness.errors import InfrastructureError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.sandbox import engine
from findbench.harness.schema.brief import Interpretation
from findbench.harness.scoring.scorer import score_episode


@pytest.mark.parametrize(
    "code",
    [
        "def predict(x):\n    raise ValueError",
        "def predict(x):\n    while True: pass",
        "import time\ntime.sleep(3600)",
        "predict = 5",
    ],
)
def test_exceptions_and_timeouts_are_wrong_answers(arena: Arena, code: str) -> None:
    evaluation = arena.judge().evaluate(code, [1.0, 2.0], seconds=1.0)
    assert evaluation.outputs == [None, None]


def test_a_broken_sandbox_is_an_exception_and_no_score(arena: Arena, verdicts: Verdicts) -> None:
    def broken() -> CodeRunner:
        lab = arena.judge()
        lab.start()
        assert lab.container_id is not None
        engine.connect().api.remove_container(lab.container_id, force=True)
        return lab

    with pytest.raises(InfrastructureError):
        score_episode(SCORED, Interpretation(code=CORRECT), seed=1, open_runner=broken, queried=[])


def test_a_container_killed_from_outside_is_no_verdict_on_the_code(arena: Arena, verdicts: Verdicts) -> None:
    judge = arena.judge()
    judge.start()
    assert judge.container_id is not None
    engine.connect().api.kill(judge.container_id)
    assert judge.evaluate("def predict(x):\n    return x", [1.0]).outputs == [1.0]
