"""`findbench attack`: outcomes become verdicts, a failed test is a leak, an unknown runtime is one line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.console import Console

from findbench.harness.attack_suite import Outcome, Recorder, SuiteReport, attacks, find_attack
from findbench.harness.commands.attack import attack, print_report
from findbench.harness.errors import UsageError


def report(path: str, outcome: str, when: str = "call") -> SimpleNamespace:
    return SimpleNamespace(fspath=f"tests/attacks/{path}", outcome=outcome, when=when, nodeid=f"{path}::test_it[runc]")


def test_the_catalogue_has_no_gap_and_every_attack_is_found_by_its_name() -> None:
    for group in "abcd":
        numbers = [each.number for each in attacks() if each.group == group]
        assert numbers == list(range(1, len(numbers) + 1)), group
    assert "e" in {each.group for each in attacks()}, "E11 is to come: no rule about gaps there yet"
    for each, paths in attacks().items():
        assert find_attack(each.name) == find_attack(f"{each.group}{each.number:02d}") == paths


def test_chosen_attacks_run_on_this_engine_and_hold() -> None:
    command = [sys.executable, "-m", "findbench.harness.cli", "attack", "--attack", "A1", "--attack", "b04", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["counts"] == {"blocked": 1, "neutralised": 1}
    assert {name: entry["failed"] for name, entry in found["attacks"].items()} == {"A1": [], "B4": []}


@pytest.mark.parametrize("name", ["A0", "B0", "A99", "Z1", "", "../x"])
def test_an_unknown_attack_is_one_line(name: str) -> None:
    result = CliRunner().invoke(attack, ["--attack", name])
    assert isinstance(result.exception, UsageError)
    assert f"there is no attack {name!r}; they are A1 to A" in str(result.exception)


def test_controls_are_no_attack() -> None:
    recorder = Recorder()
    recorder.pytest_runtest_logreport(report("test_b00_controls.py", "passed"))
    recorder.pytest_runtest_logreport(report("test_b01_builtins.py", "passed"))
    assert {name: outcome.verdict for name, outcome in recorder.outcomes.items()} == {
        "controls": "held",
        "B1": "neutralised",
    }


def test_one_failed_variant_is_a_leak_of_its_attack() -> None:
    recorder = Recorder()
    for entry in (
        report("test_a01_files.py", "passed"),
        report("test_a01_files.py", "passed", when="teardown"),
        report("test_b04_exit.py", "passed"),
        report("test_b04_exit.py", "failed"),
        report("conftest.py", "failed"),
    ):
        recorder.pytest_runtest_logreport(entry)
    assert {name: (outcome.verdict, outcome.variants) for name, outcome in recorder.outcomes.items()} == {
        "A1": ("blocked", 1),
        "B4": ("leaked", 2),
    }


def test_an_attack_of_two_files_leaks_when_one_of_them_does() -> None:
    recorder = Recorder()
    for entry in (report("test_e04_its_lab.py", "failed"), report("test_e04_process_1.py", "passed")):
        recorder.pytest_runtest_logreport(entry)
    assert {name: (outcome.verdict, outcome.variants) for name, outcome in recorder.outcomes.items()} == {
        "E4": ("leaked", 2)
    }


def test_the_table_names_what_leaked_and_what_did_not_end() -> None:
    recorder = Recorder()
    recorder.pytest_runtest_logreport(report("test_c01_bombs.py", "failed"))
    text = io.StringIO()
    found = SuiteReport("runc", "unix", recorder.outcomes, completed=False)
    print_report(found, Console(file=text, width=80))
    printed = text.getvalue()
    assert "1 attack in 1 test: 0 blocked, 0 neutralised, 1 leaked" in printed
    assert "test_it" in printed
    assert "did not run to its end" in printed
    assert not found.holds


def test_a_suite_holds_when_something_ran_and_nothing_leaked() -> None:
    assert SuiteReport("runc", "unix", {"A1": Outcome("files", 1)}, completed=True).holds
    assert not SuiteReport("runc", "unix", {}, completed=True).holds
    assert not SuiteReport("runc", "unix", {"A1": Outcome("files", 1, verdict="leaked")}, completed=True).holds
    assert not SuiteReport("runc", "unix", {"A1": Outcome("files", 1)}, completed=False).holds


def test_an_unknown_runtime_is_one_line() -> None:
    outcome = CliRunner().invoke(attack, ["--runtime", "nonsense"])
    assert isinstance(outcome.exception, UsageError)
    assert "has no runtime 'nonsense'" in str(outcome.exception)
