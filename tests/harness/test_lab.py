"""The lab on real containers: statuses, state, budgets, shapes of `f`, limits, replacement, clean-up."""

from __future__ import annotations

import ast
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from findbench.attacks.arena import socket_directory
from findbench.functions.base import Function
from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import EngineError, InfrastructureError, UsageError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox import engine
from findbench.harness.sandbox.container import Sandbox
from findbench.harness.schema.limits import Limits


@pytest.fixture(scope="module")
def function() -> Function:
    return next(f for f in load_suite("mini").values() if f.category == "numeric" and "clean" in f.tags)


@pytest.fixture(scope="module")
def shared(function: Function) -> Iterator[Lab]:
    with Lab(function, budget=3_000_000) as lab:
        yield lab


def test_f_gives_the_functions_values_for_numbers_lists_and_arrays(function: Function) -> None:
    with Lab(function) as lab:
        result = lab.run(
            "xs = [-2.5, 0.25, 7.0]\nprint([f(x) for x in xs]); print(f(xs)); print(f(np.array([xs])).tolist())"
        )
        expected = np.asarray(function.sample(np.array([-2.5, 0.25, 7.0]), np.full(3, 0.5)))
        single, listed, array = (ast.literal_eval(line) for line in result.stdout.splitlines())
        assert single == listed == array[0] == expected.tolist()
        assert (result.queries, lab.queries, lab.remaining) == (9, 9, 91)
        assert lab.queried[:3] == [-2.5, 0.25, 7.0]


def test_variables_survive_from_experiment_to_experiment(shared: Lab) -> None:
    shared.run("a = 5\ndef g(x): return x + a")
    assert shared.run("print(g(1))").stdout == "6\n"


def test_an_exception_prints_its_own_frames_and_keeps_what_was_reached(shared: Lab) -> None:
    result = shared.run("reached = 1\ndef inner():\n    return 1 / 0\ninner()\nnot_reached = 2")
    assert result.status == "error"
    assert result.state_kept
    assert result.stdout.startswith('Traceback (most recent call last):\n  File "<experiment')
    assert "ZeroDivisionError: division by zero" in result.stdout
    assert "/lab/" not in result.stdout
    assert shared.run("print(reached, 'not_reached' in globals())").stdout == "1 False\n"


@pytest.mark.parametrize(
    ("code", "status", "stdout"),
    [
        ("import sys\nprint('so far')\nsys.exit(0)", "error", "so far\nSystemExit: 0\n"),
        ("import os\nprint('so far')\nos._exit(0)", "killed", "so far\n"),
        ("print('so far')\nwhile True: pass", "timeout", "so far\n"),
        ("print('so far')\nx = np.ones(10**10)", "memory", "so far\nMemoryError\n"),
        ("import os\nprint('so far', flush=True)\nos.kill(os.getpid(), 9)", "killed", "so far\n"),
        ("print('so far'); raise KeyboardInterrupt", "error", None),
        ("syntax error", "error", None),
    ],
)
def test_every_way_to_end_has_its_status_the_stdout_so_far_and_a_working_lab(
    shared: Lab, code: str, status: str, stdout: str | None
) -> None:
    shared.run("kept = 'kept'")
    result = shared.run(code, seconds=1.0)
    assert result.status == status
    assert result.state_kept
    if stdout is not None:
        assert result.stdout == stdout
    assert shared.run("print(kept)").stdout == "kept\n"


def test_a_lost_state_is_said_and_the_lab_goes_on(function: Function) -> None:
    with Lab(function) as lab:
        lab.run("a = 5")
        result = lab.run("import os\nos.kill(os.getppid(), 9)\nos._exit(1)")
        assert (result.status, result.state_kept) == ("killed", False)
        result = lab.run("print('a' in globals())")
        assert (result.stdout, result.state_kept) == ("False\n", True)


def test_a_runner_killed_from_outside_is_replaced_and_the_accounts_go_on(function: Function) -> None:
    with Lab(function, budget=10) as lab:
        lab.run("f([1.0, 2.0])")
        assert lab.container_id is not None
        first = lab.container_id
        engine.connect().api.kill(first)
        result = lab.run("print(1)")
        assert (result.status, result.state_kept) == ("killed", False)
        assert lab.container_id is not None
        assert lab.container_id != first
        assert lab.run("f(3.0)").status == "ok"
        assert (lab.queries, lab.queried) == (3, [1.0, 2.0, 3.0])


def test_a_removed_container_is_an_infrastructure_error(function: Function) -> None:
    with Lab(function) as lab:
        lab.start()
        assert lab.container_id is not None
        engine.connect().api.remove_container(lab.container_id, force=True)
        with pytest.raises(InfrastructureError, match="gone"):
            lab.run("print(1)")


def test_a_million_values_come_back_exactly(function: Function, shared: Lab) -> None:
    result = shared.run(
        "x = np.linspace(-128, 128, 1_000_000)\ny = f(x)\nprint(y.shape, y.dtype, float(y.sum()).hex())"
    )
    expected = function.sample(np.linspace(-128, 128, 1_000_000), np.full(1_000_000, 0.5))
    assert isinstance(expected, np.ndarray)
    assert result.stdout == f"(1000000,) float64 {float(expected.sum()).hex()}\n"
    assert result.queries == 1_000_000


def test_the_budget_covers_a_call_wholly_or_not_at_all(function: Function) -> None:
    with Lab(function, budget=5) as lab:
        result = lab.run(
            "f([1, 2, 3])\ntry:\n    f([1, 2, 3])\nexcept BudgetExhausted as error:\n    print(error)\n"
            "print(len(f([1, 2])))"
        )
        assert result.stdout == "the query budget does not cover this call; nothing was evaluated\n2\n"
        assert lab.remaining == 0


def test_stdout_is_cut_at_the_limit_and_marked(function: Function) -> None:
    with Lab(function, limits=Limits(stdout_bytes=10)) as lab:
        result = lab.run("print('0123456789abc')")
        assert result.truncated
        assert result.stdout == "0123456789\n[stdout cut after 10 bytes]\n"
        assert not lab.run("print(1)").truncated


@pytest.mark.parametrize("code", ["def f(x): return 'mine'\nprint(f(0))", "f = lambda x: 'mine'\nprint(f(0))\n1 / 0"])
def test_f_is_the_hidden_function_again_after_an_experiment_took_its_name(shared: Lab, code: str) -> None:
    before = shared.run("print(f(1.5))").stdout
    redefining = shared.run(code)
    assert redefining.stdout.startswith("mine\n")
    assert "f was redefined" in redefining.stdout
    after = shared.run("print(f(1.5))")
    assert (after.stdout, after.queries) == (before, 1)


def test_stderr_comes_back_apart_from_stdout_and_of_its_own_experiment_only(shared: Lab) -> None:
    result = shared.run(
        "import sys, warnings\nprint('aside', file=sys.stderr)\nprint('seen')\nwarnings.warn('careful')"
    )
    assert result.stdout == "seen\n"
    assert result.stderr.startswith("aside\n")
    assert "UserWarning: careful" in result.stderr
    assert shared.run("print('seen')").stderr == ""


def test_stderr_is_cut_at_its_own_limit_and_marked(function: Function) -> None:
    with Lab(function, limits=Limits(stderr_bytes=10)) as lab:
        result = lab.run("import sys\nprint('0123456789abc', file=sys.stderr)\nprint('x' * 100)")
        assert result.stderr == "0123456789\n[stderr cut after 10 bytes]\n"
        assert (len(result.stdout), result.truncated) == (101, False)


def test_more_seconds_than_the_limit_are_refused_and_not_cut(function: Function) -> None:
    with Lab(function, limits=Limits(seconds=2.0)) as lab:
        for seconds in (2.5, 0.0, -1.0, float("nan")):
            with pytest.raises(UsageError, match="is not within the limit of 2; give fewer seconds"):
                lab.run("print(1)", seconds=seconds)
        assert lab.experiments == 0
        assert lab.run("print(1)", seconds=2.0).status == "ok"


def test_f_says_how_many_queries_are_left_and_asking_costs_none(function: Function) -> None:
    with Lab(function, budget=5) as lab:
        result = lab.run("print(f.left)\nf([1.0, 2.0])\nprint(f.left)\nwhile f.left: f(0.0)\nprint(f.left)")
        assert result.stdout == "5\n3\n0\n"
        assert (result.queries, lab.remaining) == (5, 0)


def test_plain_inputs_get_plain_outputs_and_arrays_get_arrays(shared: Lab) -> None:
    code = (
        "kinds = [f(2), f(2.0), f(np.float64(2)), *f([1, 2.5]), *f((1, 2)), *f([[1, 2], [3, 4]])[0], *f(range(2))]\n"
        "print({type(y).__name__ for y in kinds})\n"
        "print([(type(y).__name__, y.shape) for y in (f(np.zeros(3)), f(np.zeros((2, 2))), f(np.array(1.0)))], f([]))"
    )
    assert shared.run(code).stdout == ("{'float'}\n[('ndarray', (3,)), ('ndarray', (2, 2)), ('ndarray', ())] []\n")


KINDS = {
    ("row", "number"): (lambda row: float(row.sum()), "[1, 2]", "[[1, 2], [], [3]]", "3.0", "[3.0, 0.0, 3.0]"),
    ("row", "text"): (lambda row: str(len(row)), "[1, 2]", "[[1, 2], [], [3]]", "'2'", "['2', '0', '1']"),
    ("row", "row"): (lambda row: row[::-1], "(1, 2)", "[[1, 2], [], [3]]", "[2.0, 1.0]", "[[2.0, 1.0], [], [3.0]]"),
    ("number", "row"): (lambda x: [x, 2 * x], "3", "[1, 2]", "[3.0, 6.0]", "[[1.0, 2.0], [2.0, 4.0]]"),
    ("number", "text"): (lambda x: f"{x:g}!", "3", "[1, 2]", "'3!'", "['1!', '2!']"),
    ("text", "number"): (lambda text: float(len(text)), "'abc'", "['a', '']", "3.0", "[1.0, 0.0]"),
    ("text", "row"): (lambda text: [ord(c) for c in text], "'ab'", "['a', '']", "[97.0, 98.0]", "[[97.0], []]"),
    ("text", "text"): (lambda text: text * 2, "'ab'", "['a', '']", "'abab'", "['aa', '']"),
}


@pytest.mark.parametrize("kinds", KINDS, ids=" to ".join)
def test_every_kind_of_input_and_output_is_carried_one_at_a_time_and_many(kinds: tuple[str, str]) -> None:
    each, one, many, single, listed = KINDS[kinds]
    function = Function.from_callable(each, kind=kinds[0], output_kind=kinds[1], width=2 if "row" in kinds else None)
    with Lab(function) as lab:
        result = lab.run(f"print(repr(f({one})))\nprint(repr(f({many})))")
        assert result.stdout == f"{single}\n{listed}\n"
        assert result.queries == 1 + len(ast.literal_eval(many))
        assert len(lab.queried) == result.queries


def test_arrays_of_rows_are_rows_and_get_arrays() -> None:
    function = Function.from_callable(lambda row: float(row.sum()), kind="row", output_kind="number", width=2)
    reversing = Function.from_callable(lambda row: row[::-1], kind="row", width=2)
    with Lab(function) as lab:
        assert lab.run("print(f(np.arange(4.0)), f(np.ones((3, 2))))").stdout == "6.0 [2. 2. 2.]\n"
        assert lab.queried == [(0.0, 1.0, 2.0, 3.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]
    with Lab(reversing) as lab:
        code = "y = f(np.arange(4.0).reshape(2, 2))\nprint(y.tolist(), type(f(np.arange(2.0))).__name__)"
        assert lab.run(code).stdout == "[[1.0, 0.0], [3.0, 2.0]] ndarray\n"


@pytest.mark.parametrize("x", ["1.0", "'a'", "[1, 'a']", "[[1], 2]", "np.zeros((2, 2, 2))", "[[[1]]]", "[True]"])
def test_what_is_no_row_is_a_type_error_and_costs_nothing(x: str) -> None:
    with Lab(Function.from_callable(lambda row: row, kind="row", width=2)) as lab:
        result = lab.run(f"try:\n    f({x})\nexcept TypeError as error:\n    print('refused')")
        assert (result.stdout, result.queries) == ("refused\n", 0)


@pytest.mark.parametrize(
    ("gave", "said"),
    [
        (lambda x: x.tolist(), "a list of 1, which begins with [1.0] for 1 outputs of kind 'number'"),
        (lambda x: None, "a NoneType for 1 outputs of kind 'number'"),
        (lambda x: np.zeros((1, 2)), "an array of float64 and shape (1, 2) for 1 outputs of kind 'number'"),
        (lambda x: np.array(["a"]), "an array of <U1"),
    ],
)
def test_a_function_whose_sample_gives_a_wrong_type_is_one_clear_line(
    gave: Callable[[np.ndarray], object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = load_suite("smoke")["numeric/0000"]
    monkeypatch.setattr(function, "sample", lambda inputs, uniforms: gave(inputs))
    with Lab(function) as lab, pytest.raises(InfrastructureError, match=re.escape(f"`sample` gave {said}")):
        lab.run("print(f(1.0))")


def test_calls_from_four_threads_wait_for_each_other(function: Function) -> None:
    with Lab(function, budget=100) as lab:
        lab.run("total = 0")

        def add(number: int) -> tuple[str, int]:
            result = lab.run(f"total += {number}\nf(float({number}))\nprint({number})")
            return result.stdout, result.queries

        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(add, range(20))) == [(f"{number}\n", 1) for number in range(20)]
        assert lab.run("print(total)").stdout == "190\n"
        assert sorted(lab.queried) == [float(number) for number in range(20)]


def test_a_lab_that_is_closed_by_another_thread_ends_what_runs_in_it(function: Function) -> None:
    lab = Lab(function)
    lab.start()
    container = lab.container_id
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(lab.run, "import time\nf(1.0)\ntime.sleep(600)")
        while not lab.queries:
            time.sleep(0.01)
        lab.close()
        with pytest.raises(InfrastructureError, match=r"closed|gone"):
            running.result()
    assert lab.container_id is None
    assert not engine.connect().api.containers(all=True, filters={"id": container})


def test_a_lab_that_is_closed_while_it_starts_leaves_no_container(function: Function) -> None:
    entered, closed, started = threading.Event(), threading.Event(), []

    class Slow:
        def take(self) -> Sandbox:
            entered.set()
            closed.wait()
            started.append(Sandbox())
            return started[0]

    lab = Lab(function, pool=Slow())
    with ThreadPoolExecutor(1) as thread:
        starting = thread.submit(lab.start)
        entered.wait()
        lab.close()
        closed.set()
        with pytest.raises(InfrastructureError, match="closed while it started"):
            starting.result()
    assert lab.container_id is None
    assert not engine.connect().api.containers(all=True, filters={"id": started[0].container_id})


def test_a_lab_needs_a_function(function: Function) -> None:
    with pytest.raises(UsageError, match="code without `f` runs in a CodeRunner"):
        Lab(None)  # type: ignore[arg-type]  # the mistake that is refused


def test_an_episode_replays_to_the_byte(function: Function) -> None:
    noisy = next(f for f in load_suite("mini").values() if f.category == "numeric" and "noise" in f.tags)
    code = "import random\nprint(random.random(), np.random.rand(), np.random.default_rng().random(), f(1.0), {*'abc'})"
    outputs = []
    for _ in range(2):
        with Lab(noisy, seed=5) as lab:
            outputs.append([lab.run(code).stdout, lab.run(code).stdout])
    assert outputs[0] == outputs[1]
    assert outputs[0][0] != outputs[0][1]
    with Lab(noisy, seed=6) as lab:
        assert lab.run(code).stdout != outputs[0][0]


@pytest.mark.parametrize("loading", ["import numpy as np", "np = __import__('num' + 'py')"])
def test_submitted_code_draws_the_same_numbers_whenever_and_however_it_imports_them(loading: str) -> None:
    drawn = "np.random.rand() + np.random.default_rng().random() + random.random()"
    code = f"{loading}\nimport random\ndef predict(x): return {drawn}"
    with CodeRunner(seed=5) as lab:
        first, again = lab.evaluate(code, [1.0, 2.0]).outputs, lab.evaluate(code, [1.0, 2.0]).outputs
    assert None not in first
    assert len(set(first)) == 2
    assert first == again
    with CodeRunner(seed=6) as lab:
        assert lab.evaluate(code, [1.0, 2.0]).outputs != first


def test_an_experiment_that_drops_the_modules_of_generators_costs_the_next_nothing(function: Function) -> None:
    with Lab(function, seed=5) as lab:
        dropped = lab.run(
            "import random, sys\nnp.random.rand()\nfor name in ('random', 'numpy.random'): del sys.modules[name]"
        )
        again = lab.run("print(np.random.rand(), random.random())")
    with Lab(function, seed=5) as lab:
        lab.run("import random")
        expected = lab.run("print(np.random.rand(), random.random())")
    assert dropped.status == again.status == "ok"
    assert again.stdout == expected.stdout


def test_a_lab_starts_without_the_modules_that_cost_every_lab_and_every_fork(function: Function) -> None:
    """`typing` costs every container that scores, `threading` every fork; what numpy itself wants a lab has anyway."""
    named = "[name for name in ('num' + 'py', 'threading', 'typing', 'random', 'json', 're') if name in sys.modules]"
    with CodeRunner() as lab:
        answers = lab.evaluate(f"import sys\nfound = {named}\ndef predict(x): return repr(found)", [1.0]).outputs
    assert answers == ["[]"]
    with Lab(function) as lab:
        assert (
            lab.run("import sys\nprint('threading' in sys.modules, 'random' in sys.modules)").stdout == "False False\n"
        )


def test_submitted_code_runs_from_a_pristine_state_and_its_failures_are_no_answers() -> None:
    with CodeRunner() as lab:
        evaluation = lab.evaluate(
            "calls = 0\ndef predict(x):\n    global calls\n    calls += 1\n    return calls if x else 1 / 0",
            [1.0, 0.0, 1.0],
        )
        assert evaluation.outputs == [1.0, None, 3.0]
        assert evaluation.error == "ZeroDivisionError: division by zero"
        assert lab.evaluate("TABLE = {'Paris': 'France'}", ["paris ", "Rome"]).outputs == ["France", None]
        assert lab.evaluate("", [1.0]).error == "NameError: the code defines neither predict(x) nor TABLE"
        late = lab.evaluate(
            "import time\ndef predict(x):\n    if x > 1: time.sleep(60)\n    return x", [1.0, 2.0], seconds=1.0
        )
        assert (late.outputs[1], late.status) == (None, "timeout")
        assert lab.evaluate("def predict(x): return f(x)", [1.0]).outputs == [None]


def test_strings_go_and_come_back_whatever_they_contain() -> None:
    with CodeRunner() as lab:
        texts = ["", "é\u202e\x00", "\ud800", "🙂" * 100, "a,b $$"]
        assert lab.evaluate("def predict(x): return x", texts).outputs == texts


def test_a_runtime_the_engine_does_not_know_is_one_clear_line(function: Function) -> None:
    with pytest.raises(EngineError, match="has no runtime 'nonsense'"), Lab(function, runtime="nonsense"):
        pass


def test_a_negative_budget_is_refused(function: Function) -> None:
    with pytest.raises(UsageError, match="negative"):
        Lab(function, budget=-1)


def test_nothing_is_left_when_a_lab_closes(function: Function) -> None:
    lab = Lab(function)
    lab.run("print(1)")
    assert lab.container_id is not None
    container, directory = lab.container_id, socket_directory(lab.container_id)
    lab.close()
    lab.close()
    assert not engine.connect().api.containers(all=True, filters={"id": container})
    assert not directory.exists()
