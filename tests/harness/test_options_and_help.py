"""Options come from the models, help says all that a person must know in 80 columns, exit codes come from one table."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field
from run_help import findbench

from findbench.functions.discovery import load_object
from findbench.harness.cli import COMMANDS, Entry, cli
from findbench.harness.commands import options
from findbench.harness.commands.command import Command, command, command_line
from findbench.harness.commands.options import ModelOptions
from findbench.harness.errors import UsageError
from findbench.harness.exits import Exit
from findbench.harness.interpreters.table import INTERPRETERS
from findbench.harness.schema.base import Data
from findbench.harness.schema.brief import InterpreterSettings
from findbench.harness.schema.limits import Limits
from findbench.harness.schema.model import ModelSettings
from findbench.harness.schema.records import RunConfig

M = TypeVar("M", bound=BaseModel)


class Wider(Limits):
    """Limits with one more field: what a new container limit is."""

    gpu_mib: int = Field(default=8, ge=1, le=99)
    """MiB of memory of the graphics card."""


class Chosen(Data):
    """One field of each kind."""

    flavour: Literal["sweet", "sour"] = "sweet"
    """What it tastes of."""
    loud: bool = False
    """Whether it makes a noise."""
    share: float | None = Field(default=None, gt=0, lt=1)
    """How much of it."""
    place: Path | None = None
    """Where it is."""


def invoke(group: ModelOptions[M], *arguments: str) -> tuple[list[M], str]:
    """What a command with the options of `group` makes of `arguments`, and what it prints."""
    models: list[M] = []

    @command()
    @group
    def taste(**given: Any) -> Exit:
        models.append(group.make(given))
        return Exit.OK

    result = CliRunner().invoke(taste, list(arguments), catch_exceptions=False)
    return models, result.output


def made(group: ModelOptions[M], *arguments: str) -> M:
    (model,) = invoke(group, *arguments)[0]
    return model


def told(group: ModelOptions[M], *arguments: str) -> str:
    """What a person reads in place of a model, on one line."""
    models, output = invoke(group, *arguments)
    assert models == []
    return " ".join(output.split())


def test_a_new_limit_is_an_option_with_its_default_range_and_help() -> None:
    group = ModelOptions(Wider, "Limits of a lab")
    assert made(group, "--gpu-mib", "9") == Wider(gpu_mib=9)
    assert made(group) == Wider()
    assert "--gpu-mib N MiB of memory of the graphics card. [default: 8; 1 to 99]" in told(group, "--help")


def test_every_kind_of_field_has_an_option() -> None:
    group = ModelOptions(Chosen, "Taste")
    arguments = ("--flavour", "sour", "--loud", "--share", "0.5", "--place", "/x")
    assert made(group, *arguments) == Chosen(flavour="sour", loud=True, share=0.5, place=Path("/x"))
    assert made(group) == Chosen()
    assert "Did you mean 'sweet'?" in told(group, "--flavour", "swet")
    assert "'--share': 1.0 is not in the range" in told(group, "--share", "1")
    said = told(group, "--help")
    assert "--share X How much of it. [above 0, below 1]" in said
    assert "--flavour [sweet|sour] What it tastes of. [default: sweet]" in said


def test_what_only_the_model_can_refuse_is_one_line_that_names_the_option() -> None:
    with pytest.raises(UsageError, match=r"^--share nan: ") as caught:
        made(ModelOptions(Chosen, "Taste"), "--share", "nan")
    assert "\n" not in str(caught.value)


def test_every_field_of_the_models_is_an_option_of_run_or_is_left_out_by_name() -> None:
    run = COMMANDS["run"]
    parameters = {each.name: each for each in load(run).params if isinstance(each, click.Option)}
    groups: tuple[ModelOptions[Any], ...] = (options.limits, options.interpreter, options.measured, options.model)
    for group in groups:
        for name, info in group.fields.items():
            assert parameters[name].help == info.description, f"{group.model.__name__}.{name} has no docstring"
            assert info.description
        assert group.left_out <= set(group.model.model_fields), "what is left out exists"
    assert {group.model for group in groups} == {Limits, InterpreterSettings, RunConfig, ModelSettings}
    assert {"tmp_mib", "stderr_bytes"} <= set(parameters)


def load(entry: Entry) -> click.Command:
    found = load_object(entry.path)
    assert isinstance(found, click.Command)
    return found


def every_command() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, entry in COMMANDS.items():
        found = load(entry)
        yield (name,), found
        if isinstance(found, click.Group):
            for sub, each in found.commands.items():
                yield (name, sub), each


HELP = [path for path, _ in every_command()]


@pytest.mark.parametrize("path", [(), *HELP], ids=" ".join)
def test_help_fits_eighty_columns_and_says_every_default(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*path, "-h"], catch_exceptions=False, terminal_width=80)
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    said = " ".join(result.output.split())
    found = dict(every_command()).get(path)
    for parameter in found.params if found else []:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"
            assert parameter.opts[0] in said
            if isinstance(parameter.default, (int, float, str)) and not isinstance(parameter.default, bool):
                assert f"default: {parameter.default}" in said, f"{path} {parameter.name}"


def test_every_subcommand_returns_an_exit_and_none_decides_by_itself() -> None:
    for path, found in every_command():
        assert isinstance(found, Command) or (isinstance(found, click.Group) and len(path) == 1), path


@pytest.mark.parametrize("code", list(Exit))
def test_what_a_command_returns_is_its_exit_code(code: Exit) -> None:
    @command()
    def end() -> Exit:
        return code

    assert CliRunner().invoke(end).exit_code == code


def test_help_of_run_lists_the_interpreters_and_stands_under_headings() -> None:
    result = CliRunner().invoke(cli, ["run", "--help"], terminal_width=80)
    headings = re.findall(r"^(\S.*):$", result.output, re.MULTILINE)
    assert headings == [
        *("What to run", "How to run it", "Limits of a lab", "Language model", "Judge of descriptions"),
        *("Options", "Interpreters"),
    ]
    listed = result.output.partition("\nInterpreters:\n")[2]
    for name, entry in INTERPRETERS.items():
        assert re.search(rf"^  {re.escape(name)} +{re.escape(entry.help.split()[0])}", listed, re.MULTILINE)


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys\nfrom findbench.harness.cli import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'rich', 'docker', 'pydantic', 'requests', 'openai'} & set(sys.modules)\n"
        "commands = [name for name in sys.modules if name.startswith('findbench.harness.commands.')]\n"
        "print(sorted(heavy), commands)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] []"
    assert all(name in done.stdout for name in COMMANDS)


def test_a_command_can_be_typed_again_as_it_was_given() -> None:
    typed: list[str] = []

    @command()
    @click.argument("what")
    @click.option("--ids")
    @click.pass_context
    def echo(context: click.Context, what: str, ids: str) -> Exit:
        typed.append(command_line(context, "--out", "a b"))
        return Exit.OK

    CliRunner().invoke(echo, ["it's", "--ids", "x,y z"], prog_name="findbench echo", catch_exceptions=False)
    assert typed == ["findbench echo 'it'\"'\"'s' --ids 'x,y z' --out 'a b'"]


def test_a_damaged_suite_that_only_a_look_at_its_functions_shows_is_one_line(tmp_path: Path) -> None:
    from findbench.functions.suites.suite import Suite

    path = tmp_path / "odd.suite"
    Suite("odd", 1, 1, {"numeric": ["{}"]}).save(path)
    for arguments in (("suite", "show", "numeric/0000", "--suite", str(path)), ("audit", str(path))):
        done = findbench(*arguments)
        assert done.returncode == 2, done.stderr
        assert done.stderr.count("\n") == 1
        assert "numeric/0000" in done.stderr
