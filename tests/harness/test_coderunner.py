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


NATURAL = {
    "modules of the standard library": (
        "import bisect, calendar, codecs, collections, dataclasses, datetime, decimal, enum, fractions, functools"
        ", heapq, itertools, json, math, operator, random, re, statistics, string, sys, textwrap, threading, time"
        ", typing, unicodedata\n"
        "def predict(x):\n"
        "    d = datetime.datetime.strptime('2020-01-02', '%Y-%m-%d')\n"
        "    return codecs.encode('a', 'rot13') + str(decimal.Decimal(d.day) / 8) + str(statistics.mean([x, 3]))\n",
        "n0.252.0",
    ),
    "numpy and its lazy parts": (
        "import numpy as np\ndef predict(x):\n    a = np.linalg.solve(np.eye(50) * 2, np.ones(50))\n"
        "    return str(float(np.fft.fft(a)[0].real) + float(np.polynomial.Polynomial([1, x])(2.0)))\n",
        "28.0",
    ),
    "scipy": (
        "def predict(x):\n    from scipy import optimize, interpolate, special, stats\n"
        "    return f'{optimize.brentq(lambda t: t - x, -5, 5):.3f} {stats.norm.cdf(0.0):.1f}'\n",
        "1.000 0.5",
    ),
    "files that are there": ("import os\ndef predict(x):\n    return open(os.__file__).read(3)\n", 'r""'),
    "a pause and a large sort": (
        "import time\ndef predict(x):\n    time.sleep(0.01)\n    return str(sorted(range(100_000), reverse=True)[0])\n",
        "99999",
    ),
    "a print": (
        "import sys\ndef predict(x):\n    print(x)\n    print(x, file=sys.stderr)\n    return 'done'\n",
        "done",
    ),
}


@pytest.mark.parametrize("name", NATURAL)
def test_natural_code_works_although_it_can_create_nothing(runner: CodeRunner, name: str) -> None:
    code, expected = NATURAL[name]
    evaluation = runner.evaluate(code, [1.0])
    assert (evaluation.outputs, evaluation.error) == ([expected], None)


def test_what_is_asked_is_answered_in_order_however_many_batches_it_takes(runner: CodeRunner) -> None:
    inputs = [float(number) for number in range(1000)]
    code = "seen = 0\ndef predict(x):\n    global seen\n    seen += 1\n    return x if seen % 2 else str(seen)\n"
    evaluation = runner.evaluate(code, inputs)
    expected = [x if x % 2 == 0 else str(int(x) % 256 + 1) for x in inputs]
    assert (evaluation.outputs, evaluation.status) == (expected, "ok")
    assert runner.evaluate("def predict(x): return x", []).outputs == []


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        ("os._exit(0)", "killed"),
        ("ctypes.string_at(0)", "killed"),
        ("[0] * 10**10", "memory"),
        ("time.sleep(60)", "timeout"),
    ],
)
def test_a_batch_that_dies_takes_its_own_answers_only(runner: CodeRunner, failure: str, status: str) -> None:
    code = f"import ctypes, os, time\ndef predict(x):\n    if x == 300: {failure}\n    return x if x else 1 / 0\n"
    evaluation = runner.evaluate(code, [float(number) for number in range(700)], seconds=3.0)
    lost = slice(256, 700 if status == "timeout" else 512)
    rest = evaluation.outputs[:256] + ([] if status == "timeout" else evaluation.outputs[512:])
    assert evaluation.status == status
    assert evaluation.error == "ZeroDivisionError: division by zero"
    assert rest == [None, *map(float, range(1, 256)), *([] if status == "timeout" else map(float, range(512, 700)))]
    assert None in evaluation.outputs[lost]


def test_an_evaluation_after_experiments_is_made_where_none_ran(runner: CodeRunner) -> None:
    runner.run("open('/tmp/left', 'w').write('x')")
    assert runner.evaluate("import os\ndef predict(x): return os.path.exists('/tmp/left')", [1.0]).outputs == [0.0]
