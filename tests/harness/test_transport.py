"""Both transports carry the same: tasks, outcomes, every kind of call; and which one a run used is in its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_help import findbench

from findbench.functions.base import Function
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox import engine, transport
from findbench.harness.sandbox.transport import Resolved
from findbench.harness.schema.limits import Limits

SUITE = load_suite("smoke")
NUMBERS = next(f for f in SUITE.values() if f.category == "numeric")
TEXTS = next(f for f in SUITE.values() if f.category == "strings")
ROWS = Function.from_callable(lambda row: row[::-1], kind="row", width=3)
both = pytest.mark.parametrize("reached", ["unix", "stdio"])


@both
def test_calls_of_every_kind_and_size_are_answered_and_counted(reached: Resolved) -> None:
    with Lab(NUMBERS, budget=2_000_003, transport=reached) as lab:
        result = lab.run(
            "print(type(f(1.0)).__name__, f([1, 2]) == [f(1), f(2)])\nx = np.linspace(-9, 9, 1_000_000)\n"
            "print(len(f(x)), f.left)\ntry:\n    f(x)\nexcept BudgetExhausted:\n    print('no more')\nprint(f.left)"
        )
        assert result.stdout.split("\n")[:3] == ["float True", "1000000 999998", "no more"], result
        assert (lab.remaining, result.queries) == (999_998, 1_000_005)
    with Lab(TEXTS, budget=30_000, transport=reached) as lab:
        result = lab.run("print(type(f('ab')).__name__, len(f(['word %d' % i for i in range(20_000)])))")
        assert (result.stdout, result.queries) == ("str 20000\n", 20_001)
    with Lab(ROWS, budget=10, transport=reached) as lab:
        result = lab.run("print([len(row) for row in f([[1, 2, 3], [4, 5, 6]])], len(f([7, 8, 9])))")
        assert result.stdout == "[3, 3] 3\n"


@both
def test_equal_seeds_give_equal_experiments_over_both(reached: Resolved) -> None:
    code = "import random\nprint(random.random(), np.random.default_rng().random(), f(3.0), f([1.0, 2.0]))"
    with Lab(NUMBERS, seed=5, transport="unix") as first, Lab(NUMBERS, seed=5, transport=reached) as second:
        assert first.run(code).stdout == second.run(code).stdout


@both
def test_processes_of_an_experiment_may_call_at_once(reached: Resolved) -> None:
    code = (
        "import os\nchildren = []\nfor n in range(12):\n    pid = os.fork()\n    if not pid:\n"
        "        os._exit(0 if all(type(f(float(i))) is float for i in range(100)) else 1)\n    children.append(pid)\n"
        "print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children])"
    )
    with Lab(NUMBERS, budget=10_000, transport=reached) as lab:
        result = lab.run(code)
        assert (result.stdout, result.queries) == (f"{[0] * 12}\n", 1200), result


@both
def test_an_experiment_that_is_late_in_a_call_leaves_the_next_one_in_step(reached: Resolved) -> None:
    with Lab(NUMBERS, budget=10_000_000, transport=reached) as lab:
        lab.run("kept = 1")
        assert lab.run("while True: f(np.zeros(1000))", seconds=0.5).status == "timeout"
        assert lab.run("print(kept, f(1.0) == f([1.0])[0])").stdout == "1 True\n"


@both
def test_what_an_experiment_prints_is_no_part_of_the_protocol(reached: Resolved) -> None:
    with Lab(NUMBERS, limits=Limits(stdout_bytes=1 << 20), transport=reached) as lab:
        result = lab.run("import os\nos.write(1, bytes(range(256)) * 4000)\nos.write(2, b'apart')")
        assert (len(result.stdout) > 1_000_000, result.stderr) == (True, "apart")
        assert lab.run("print(f.left)").status == "ok"


@both
def test_submitted_code_is_evaluated_over_many_inputs(reached: Resolved) -> None:
    inputs = [float(x) for x in range(300_000)]
    with CodeRunner(transport=reached) as runner:
        assert runner.evaluate("def predict(x):\n    return 2 * x", inputs).outputs == [2 * x for x in inputs]
        assert runner.run("print('f' in globals())").stdout == "False\n"


def test_over_stdin_and_stdout_nothing_of_this_machine_is_mounted() -> None:
    with Lab(NUMBERS, transport="stdio") as lab:
        assert lab.container_id is not None
        assert engine.connect().api.inspect_container(lab.container_id)["Mounts"] == []


def test_what_works_is_found_out_once_and_said_only_when_it_is_not_unix_sockets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert transport.resolve("auto") == "unix"
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(transport, "_found", {})
    monkeypatch.setattr(engine, "on_this_machine", lambda info: False)
    assert [transport.resolve("auto") for _ in range(3)] == ["stdio"] * 3
    assert capsys.readouterr().err.count("labs are reached over their stdin and stdout") == 1


def test_a_run_goes_on_over_another_transport_and_says_which_each_session_used(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("run", "smoke", "--ids", NUMBERS.id, "--interpreter", "line", "--out", out)
    assert findbench(*command, FINDBENCH_TRANSPORT="stdio").returncode == 0
    assert findbench(*command, "--transport", "unix").returncode == 0
    sessions = json.loads((out / "run.json").read_text())["sessions"]
    assert [session["versions"]["transport"] for session in sessions] == ["stdio", "unix"]
