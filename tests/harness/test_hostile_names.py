"""No control character reaches a terminal: hostile names of files, suites, runs, models, ids on every command."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from rich.live import Live
from rich.table import Table
from run_help import command, config, make_environment, record

from findbench.functions.suites.suite import Suite
from findbench.harness.cli import COMMANDS, main
from findbench.harness.commands.command import command_line
from findbench.harness.records import Run
from findbench.harness.report.console import Terminal
from findbench.harness.report.sanitise import clean, clean_json
from findbench.harness.schema.notes import MessageNote
from findbench.harness.schema.score import Score

ESCAPES = "\x1b[31m\x1b]0;owned\x07\x9b2J\x7f\r\x08"
HIDING = "\u202eevil\u2066\u200b\ufeff\u061c\u3164\ufe0f\U000e0041\U0001d173"
HOSTILE = f"a{ESCAPES}{HIDING}\nfindbench: all is well\n"
"""What names are made of here. A line of its own would be believed, so a line feed is as bad as an escape."""
PACKAGE = Path(__file__).parents[2] / "harness"


Findbench = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def findbench(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Findbench:
    """The command in this process, in `tmp_path`: every import once, and not for each of many calls."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["findbench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capfd.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, told.out, told.err)

    return run


def assert_inert(text: str) -> None:
    assert text == clean(text), repr(text)
    assert "findbench: all is well" not in text.splitlines()


def suite_file(directory: Path) -> Path:
    """A suite of one function whose file and name are hostile."""
    (spec,) = ['{"terms":[{"atom":"linear","intercept":1.0,"slope":2.0}]}']
    path = directory / f"{HOSTILE}.suite"
    Suite(HOSTILE, 1, 1, {"numeric": [spec]}).save(path)
    return path


def hostile_run(path: Path, **changes: Any) -> Path:
    """A run with everything in it that is text made hostile."""
    values = {"interpreter": HOSTILE, "model": HOSTILE} | changes
    with Run.open_for_writing(path, config(**values), {HOSTILE: HOSTILE}) as run:
        for id_ in ("numeric/0000", "numeric/0001"):
            run.save(
                record(
                    id_,
                    score=Score(global_=0.5),
                    error=HOSTILE,
                    transcript=(MessageNote(role=HOSTILE, content=HOSTILE, model=HOSTILE),),
                )
            )
        run.episode_path("numeric/0002").write_text(f'{{"{HOSTILE}": 1}}')
    return path


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("doctor", "setup")])
def test_an_argument_that_is_refused(findbench: Findbench, name: str) -> None:
    arguments = {"attack": ("attack", HOSTILE), "bench": ("bench", f"--{HOSTILE}"), "image": ("image", HOSTILE)}
    suite = {"suite": ("suite", "ls", HOSTILE), "run": ("run", HOSTILE, "--interpreter", HOSTILE)}
    two = {"show": ("show", HOSTILE, HOSTILE), "replay": ("replay", HOSTILE, HOSTILE)}
    given = (arguments | suite | two | {"compare": ("compare", HOSTILE, HOSTILE)}).get(name, (name, HOSTILE))
    done = findbench(*given)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert_inert(done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize("unknown", [(HOSTILE,), (f"--{HOSTILE}",), ("report", f"--{HOSTILE}")])
def test_a_command_or_an_option_that_is_none(findbench: Findbench, unknown: tuple[str, ...]) -> None:
    done = findbench(*unknown)
    assert done.stderr.count("\n") == 1
    assert_inert(done.stderr)


def test_a_suite_of_a_hostile_name_and_file(findbench: Findbench, tmp_path: Path) -> None:
    path = suite_file(tmp_path)
    for given in (
        ("suite", "ls", path),
        ("suite", "show", "numeric/0000", "--suite", path),
        ("suite", "show", HOSTILE, "--suite", path),
        ("audit", path),
        ("run", path, "--interpreter", "nosuch"),
        ("run", path, "--interpreter", "line", "--ids", HOSTILE),
        ("suite", "make", "--seed", "1", "--numeric", "1", "--out", tmp_path / f"{HOSTILE}made"),
        ("suite", "make", "--seed", "1", "--numeric", "1", "--out", tmp_path / HOSTILE / "a"),
    ):
        done = findbench(*given)
        assert done.stdout + done.stderr
        assert_inert(done.stdout + done.stderr)


def test_a_run_of_hostile_texts_in_a_hostile_directory(findbench: Findbench, tmp_path: Path) -> None:
    first, second = hostile_run(tmp_path / f"{HOSTILE}1"), hostile_run(tmp_path / f"{HOSTILE}2")
    for given, code in (
        (("report", first, second, "--html"), 1),
        (("report", first, first), 2),
        (("show", first, "numeric/0000"), 0),
        (("show", first, "numeric/0002"), 2),
        (("show", first, HOSTILE), 2),
        (("compare", first, second), 1),
        (("replay", first, "numeric/0002"), 2),
        (("score", first), 2),
    ):
        done = findbench(*given)
        assert done.returncode == code, done.stderr
        assert_inert(done.stdout + done.stderr)


def test_json_is_inert_and_means_the_same(findbench: Findbench, tmp_path: Path) -> None:
    path, file = hostile_run(tmp_path / HOSTILE), suite_file(tmp_path)
    for given in (
        ("report", path, "--json"),
        ("compare", path, hostile_run(tmp_path / "b"), "--json"),
        ("show", path, "numeric/0000", "--json"),
        ("suite", "ls", file, "--json"),
        ("suite", "show", "numeric/0000", "--suite", file, "--json"),
        ("audit", file, "--json"),
    ):
        done = findbench(*given)
        assert_inert(done.stdout + done.stderr)
        json.loads(done.stdout)
    shown = json.loads(findbench("show", path, "numeric/0000", "--json").stdout)
    assert shown["transcript"][0]["content"] == HOSTILE
    assert json.loads(findbench("report", path, "--json").stdout)[0]["config"]["model"] == HOSTILE


@pytest.mark.parametrize("text", [HOSTILE, "\U000e0041", "\\\x7f", 'é "\u4e2d" \U0001f600', "\ud800"])
def test_escaped_json_is_read_as_the_same_text(text: str) -> None:
    told = clean_json(json.dumps({text: [text]}, ensure_ascii=False))
    assert told == clean(told)
    assert json.loads(told) == {text: [text]}


def test_what_goes_on_in_a_run_of_a_hostile_directory(findbench: Findbench, tmp_path: Path) -> None:
    """A run that is told line by line, with an interpreter that notes and raises hostile texts."""
    (tmp_path / "hostile_mine.py").write_text(
        "from findbench.harness.schema.notes import MessageNote\n"
        f"class Mine:\n    name = {HOSTILE!r}\n    def interpret(self, lab, brief):\n"
        f"        lab.note(MessageNote(role={HOSTILE!r}, content={HOSTILE!r}))\n"
        f"        raise RuntimeError({HOSTILE!r})\n"
    )
    out = tmp_path / HOSTILE
    given = ("run", "smoke", "--ids", "numeric/0000", "--interpreter", "hostile_mine:Mine", "--out", out)
    for _ in "12":  # the second time the episode has ended
        done = findbench(*given)
        assert "numeric/0000" in done.stderr + done.stdout or "already ended" in done.stderr
        assert_inert(done.stdout + done.stderr)


def test_a_table_on_a_terminal_takes_its_escapes_from_rich_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal there are colours and cursor movements, which are rich's; none of the cells' own."""
    file = io.StringIO()
    monkeypatch.setattr("sys.stderr", file)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = Terminal(stderr=True)
    table = Table("heading")
    table.add_row(f"{HOSTILE}[red]no markup[/red]")
    console.print(table, style="red")
    with Live(table, console=console):
        console.print(HOSTILE)
    told = file.getvalue()
    assert "\x1b[31m" in told, "rich's own"
    assert "[red]no markup" in told
    assert "\\x1b" in told
    for each in ("\x1b]0;", "\x9b", "\x07", "\u202e", "\u200b", "\U000e0041"):
        assert each not in told


def test_a_traceback_that_nobody_expected_is_inert(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(f"raise RuntimeError({HOSTILE!r})\n")
    code = (
        "import sys\nfrom findbench.harness import cli\nsys.argv[1:] = ['setup']\n"
        "cli.COMMANDS['setup'] = cli.COMMANDS['setup']._replace(path='broken:x')\ncli.main()"
    )
    done = subprocess.run(
        [*command()[:1], "-c", code], capture_output=True, text=True, cwd=tmp_path, env=make_environment(), check=False
    )
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    assert done.stderr == clean(done.stderr)


def test_the_command_that_resumes_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    odd = ["a b", "it's", "", "\x1b[31m\u202e\n'\\", os.fsdecode(b"\xff\x9b"), "é"]
    context = click.Context(click.Command("findbench"), info_name="findbench")
    context.meta["findbench.arguments"] = tuple(odd)
    told = command_line(context)
    assert told == clean(told)
    assert "\n" not in told
    shown = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {told.removeprefix('findbench ')}"], capture_output=True, check=True
    )
    assert [os.fsdecode(each) for each in shown.stdout.split(b"\0")[:-1]] == odd


def test_nothing_is_printed_but_through_what_cleans_it() -> None:
    """Commands and what is below them call neither `print` nor `click.echo` nor a console of their own."""
    allowed = {"report/terminal.py", "report/console.py", "setup/__init__.py", "stopping.py"}
    printing = ("print", "click.echo", "click.secho", "Console")
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in printing:
                found.add(str(path.relative_to(PACKAGE)))
    assert found - {"cli.py"} <= allowed
