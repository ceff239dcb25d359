"""`findbench attack`: outcomes become verdicts, a failed test is a leak, an unknown runtime is one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from findbench.harness.commands.attack import SUITE, Verdicts, attack, show
from findbench.harness.errors import UsageError


def report(path: str, outcome: str, when: str = "call") -> SimpleNamespace:
    return SimpleNamespace(fspath=f"tests/attacks/{path}", outcome=outcome, when=when, nodeid=f"{path}::test_it[runc]")


def test_every_attack_of_the_catalogue_has_a_file() -> None:
    names = {path.name.split("_")[1] for path in SUITE.glob("test_*.py")} - {"b00"}
    expected = {f"{g}{n:02d}" for g, count in (("a", 16), ("b", 14), ("c", 11), ("d", 8)) for n in range(1, count + 1)}
    assert names == expected


def test_chosen_attacks_run_on_this_engine_and_hold() -> None:
    command = [sys.executable, "-m", "findbench.harness.cli", "attack", "--attack", "A1", "--attack", "b04", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["counts"] == {"blocked": 1, "neutralised": 1}
    assert {name: entry["failed"] for name, entry in found["attacks"].items()} == {"A1": [], "B4": []}


@pytest.mark.parametrize("name", ["A0", "A17", "E1", "", "../x"])
def test_an_unknown_attack_is_one_line(name: str) -> None:
    result = CliRunner().invoke(attack, ["--attack", name])
    assert isinstance(result.exception, UsageError)
    assert "no attack" in str(result.exception)


def test_controls_are_no_attack() -> None:
    verdicts = Verdicts()
    verdicts.pytest_runtest_logreport(report("test_b00_controls.py", "passed"))
    verdicts.pytest_runtest_logreport(report("test_b01_builtins.py", "passed"))
    assert {name: entry["verdict"] for name, entry in verdicts.entries.items()} == {
        "controls": "held",
        "B1": "neutralised",
    }


def test_one_failed_variant_is_a_leak_of_its_attack() -> None:
    verdicts = Verdicts()
    for entry in (
        report("test_a01_files.py", "passed"),
        report("test_a01_files.py", "passed", when="teardown"),
        report("test_b04_exit.py", "passed"),
        report("test_b04_exit.py", "failed"),
        report("conftest.py", "failed"),
    ):
        verdicts.pytest_runtest_logreport(entry)
    assert {name: (entry["verdict"], entry["variants"]) for name, entry in verdicts.entries.items()} == {
        "A1": ("blocked", 1),
        "B4": ("leaked", 2),
    }


def test_the_table_names_what_leaked(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = Verdicts()
    verdicts.pytest_runtest_logreport(report("test_c01_bombs.py", "failed"))
    show(verdicts.entries, Counter(leaked=1), "runc")
    printed = capsys.readouterr().out
    assert "1 attacks in 1 tests: 0 blocked, 0 neutralised, 1 leaked" in printed
    assert "test_it" in printed


def test_an_unknown_runtime_is_one_line() -> None:
    outcome = CliRunner().invoke(attack, ["--runtime", "nonsense"])
    assert isinstance(outcome.exception, UsageError)
    assert "knows no runtime 'nonsense'" in str(outcome.exception)
