"""The `findbench` command: a table of subcommands, loaded when called, and one line for every expected error."""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType
from typing import NamedTuple

import click

from findbench.functions.discovery import load_object
from findbench.functions.errors import SuiteError
from findbench.harness.errors import FindbenchError
from findbench.harness.exits import Exit
from findbench.harness.report.sanitise import clean
from findbench.harness.report.terminal import say


class Entry(NamedTuple):
    """One subcommand: where it is and what `findbench --help` says of it, so that the list imports none of them."""

    section: str
    path: str
    help: str


SETUP, STUDY, RESULTS, CHECKS, PARTS = "Set-up", "Study", "Results", "Checks", "Suites and image"
_ROOM = "findbench.harness.commands"

COMMANDS = {
    "setup": Entry(SETUP, f"{_ROOM}.setup:setup", "Make this machine ready: container engine, sandbox image, gVisor."),
    "doctor": Entry(SETUP, f"{_ROOM}.doctor:doctor", "Check that this machine can run labs."),
    "run": Entry(STUDY, f"{_ROOM}.run:run", "Study the functions of a suite and score what was understood."),
    "report": Entry(RESULTS, f"{_ROOM}.report:report", "Print the table of one or more runs; write a page."),
    "show": Entry(RESULTS, f"{_ROOM}.show:show", "Print one episode: transcript, submission, truth, score."),
    "compare": Entry(RESULTS, f"{_ROOM}.compare:compare", "Compare two runs, function by function."),
    "replay": Entry(RESULTS, f"{_ROOM}.replay:replay", "Run an episode's experiments again: is the output the same?"),
    "score": Entry(RESULTS, f"{_ROOM}.score:score", "Score the stored interpretations of a run again."),
    "attack": Entry(CHECKS, f"{_ROOM}.attack:attack", "Run the attack suite against this machine's labs."),
    "audit": Entry(CHECKS, f"{_ROOM}.audit:audit", "Check that every function of a suite is sound."),
    "validate": Entry(CHECKS, f"{_ROOM}.validate:validate", "Check the scoring with known right and wrong answers."),
    "bench": Entry(CHECKS, f"{_ROOM}.bench:bench", "Measure labs beside docker exec and docker run."),
    "suite": Entry(PARTS, f"{_ROOM}.suite:suite", "List, show and make suites of hidden functions."),
    "image": Entry(PARTS, f"{_ROOM}.image:image", "Build the sandbox image and name it."),
}


class LazyGroup(click.Group):
    """Imports a subcommand only when it is called, so that `findbench --help` and tab completion stay instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the module of `cmd_name` and return its command."""
        if cmd_name not in COMMANDS:
            return None
        command = load_object(COMMANDS[cmd_name].path)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the names of the table to choose from when there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table, section by section."""
        width = max(map(len, COMMANDS))
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            rows = [(f"{name:<{width}}", entry.help) for name, entry in COMMANDS.items() if entry.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="findbench")
def cli() -> None:
    """Study hidden functions in isolated containers, and score what was understood.

    `findbench COMMAND --help` lists what a command takes.
    """


def main() -> None:
    """Entry point: expected errors become one line on stderr; the exit codes are those of `Exit`."""
    sys.excepthook = _show_unexpected
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # episodes run side by side: more threads each only contend
    try:
        code = cli.main(prog_name="findbench", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = Exit.REFUSED
    except click.ClickException as error:
        say(_one_line(error))
        code = Exit.REFUSED
    except (FindbenchError, SuiteError) as error:
        say(error)
        code = Exit.REFUSED
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("stopped")
        code = Exit.STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader of a pipe left: silence, as other tools do
        code = Exit.OK
    sys.exit(code if isinstance(code, int) else Exit.OK)


def _show_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A defect of ours, as Python tells it; the message may hold what others wrote."""
    click.echo(clean("".join(traceback.format_exception(kind, error, trace))), nl=False, err=True)


def _one_line(error: click.ClickException) -> str:
    """A usage error of click's as ours are told, and where to read what is right."""
    text = " ".join(error.format_message().split()).rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return text if context is None else f"{text} (see `{context.command_path} --help`)"


if __name__ == "__main__":
    main()
