"""Code runners on real containers: a notebook without `f`; submitted code whose answers are of the kind asked for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from findbench.harness.errors import UsageError
from findbench.harness.lab.coderunner import CodeRunner


@pytest.fixture(scope="module")
def runner() -> Iterator[CodeRunner]:
    with CodeRunner() as runner:
        yield runner


def test_variables_stay_as_in_a_notebook_and_there_is_no_f(runner: CodeRunner) -> None:
    runner.run("a = np.arange(3)")
    result = runner.run(
        "import sys\nprint(a.sum(), 'f' in globals(), 'BudgetExhausted' in globals())\nprint('e', file=sys.stderr)"
    )
    assert (result.stdout, result.stderr, result.queries) == ("3 False False\n", "e\n", 0)
    assert runner.run("def f(x): return 2 * x\nprint(f(2))").stdout == "4\n", "here it is a name like any other"
    assert runner.run("print(f(3))").stdout == "6\n"


def test_an_evaluation_knows_nothing_of_the_notebook_and_says_that_it_ended_it(runner: CodeRunner) -> None:
    runner.run("a = 5")
    assert runner.evaluate("def predict(x): return a", [1.0]).error == "NameError: name 'a' is not defined"
    lost = runner.run("print('a' in globals())")
    assert (lost.stdout, lost.state_kept) == ("False\n", False)
    assert runner.run("print(1)").state_kept


@pytest.mark.parametrize(
    ("code", "kind", "outputs", "error"),
    [
        ("return x if x < 2 else [x]", None, [1.0, None], "TypeError: predict(2.0) gave a list, and not a number"),
        ("return None", None, [None, None], "TypeError: predict(1.0) gave None, and not a number"),
        ("return x if x > 1 else 1 / 0 * x", "number", [None, 2.0], "ZeroDivisionError: division by zero"),
        ("return float('inf')", "number", [None, None], "TypeError: predict(1.0) gave inf, and not a finite number"),
        ("return str(x)", "number", [None, None], "TypeError: predict(1.0) gave a str, and not a number"),
        ("return x", "text", [None, None], "TypeError: predict(1.0) gave a float, and not a str"),
        ("return x", "row", [None, None], "TypeError: predict(1.0) gave a float, and not a row of numbers"),
    ],
)
def test_an_output_that_is_no_answer_is_said_in_words_and_is_an_error(
    runner: CodeRunner, code: str, kind: str | None, outputs: list[object], error: str
) -> None:
    evaluation = runner.evaluate(f"def predict(x): {code}", [1.0, 2.0], output_kind=kind)
    assert (evaluation.outputs, evaluation.status, evaluation.error) == (outputs, "error", error)


def test_rows_go_and_come_back(runner: CodeRunner) -> None:
    rows = [(3.0, 1.0, 2.0), (), (5.0,)]
    evaluation = runner.evaluate("def predict(x): return sorted(x)", rows, output_kind="row")
    assert (evaluation.outputs, evaluation.status) == ([(1.0, 2.0, 3.0), (), (5.0,)], "ok")
    assert runner.evaluate("def predict(x): return sum(x)", rows).outputs == [6.0, 0.0, 5.0]
    assert runner.evaluate(
        "import numpy as np\ndef predict(x): return np.array(x) * 2", rows[:1], output_kind="row"
    ).outputs == [(6.0, 2.0, 4.0)]


def test_a_kind_that_there_is_not_is_a_usage_error(runner: CodeRunner) -> None:
    with pytest.raises(UsageError, match="no kind of output is named 'table'; there are number, text, row"):
        runner.evaluate("def predict(x): return x", [1.0], output_kind="table")


def test_evaluations_from_four_threads_wait_for_each_other(runner: CodeRunner) -> None:
    def evaluate(number: int) -> list[object]:
        return list(runner.evaluate(f"def predict(x): return x + {number}", [1.0, 2.0]).outputs)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(evaluate, range(12))) == [[number + 1.0, number + 2.0] for number in range(12)]
