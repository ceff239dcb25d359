"""Worked example: an interpreter of one's own, from a module beside the person, through the command to a score."""

from __future__ import annotations

from pathlib import Path

from run_help import findbench

from findbench.harness.records import Run

MODULE = '''
"""A person's own interpreter: two points, and the line through them."""

from findbench import Interpretation


class TwoPoints:
    name = "two points"

    def interpret(self, lab, brief):
        result = lab.run("print(f(0), f(1))")
        at_zero, at_one = map(float, result.stdout.split())
        slope = at_one - at_zero
        return Interpretation(
            description=f"A straight line with slope {slope} and intercept {at_zero}.",
            domain="Any number.",
            code=f"def predict(x):\\n    return {slope!r} * x + {at_zero!r}\\n",
        )


class Forgetful:
    name = "forgetful"

    def interpret(self, lab, brief):
        raise KeyError("where did I put it")


class Configured(TwoPoints):
    def __init__(self, reminders):
        self.reminders = reminders

    @classmethod
    def from_settings(cls, settings, client):
        assert client is None  # no --model was given
        return cls(settings.reminders)
'''


def run(directory: Path, interpreter: str) -> tuple[int, str]:
    """Exit code and output of a run of two functions into `out`, with the module in the current directory."""
    (directory / "my_module.py").write_text(MODULE)
    which = ("--category", "numeric", "--functions", "2")
    command = ("run", "smoke", *which, "--interpreter", interpreter, "--out", "out")
    ended = findbench(*command, cwd=directory, PYTHONSAFEPATH="1")  # as the installed command: Python adds no directory
    return ended.returncode, ended.stdout + ended.stderr


def test_an_interpreter_of_ones_own_runs_end_to_end(tmp_path: Path) -> None:
    code, output = run(tmp_path, "my_module:TwoPoints")
    assert code == 0, output
    records = list(Run(tmp_path / "out").records())
    assert [record.status for record in records] == ["finished", "finished"]
    for record in records:
        assert record.queries == 2
        assert record.interpretation is not None
        assert record.interpretation.description.startswith("A straight line with slope ")
        assert record.score is not None
    assert "my_module:TwoPoints" in output


def test_one_that_is_made_from_settings_runs_too(tmp_path: Path) -> None:
    code, output = run(tmp_path, "my_module:Configured")
    assert code == 0, output
    assert {record.status for record in Run(tmp_path / "out").records()} == {"finished"}


def test_one_that_fails_costs_its_episodes_and_not_the_run(tmp_path: Path) -> None:
    code, output = run(tmp_path, "my_module:Forgetful")
    assert code == 0, output
    for record in Run(tmp_path / "out").records():
        assert record.status == "interpreter_error"
        assert record.error is not None
        assert "KeyError: 'where did I put it' (my_module.py:" in record.error


def test_one_that_cannot_be_loaded_is_one_line_and_no_run(tmp_path: Path) -> None:
    code, output = run(tmp_path, "my_module:TwoPints")
    assert code == 2
    assert "cannot load interpreter 'my_module:TwoPints'" in output
    assert "Traceback" not in output
    assert not (tmp_path / "out").exists()
