"""The `findbench` command: a table of subcommands, loaded when called, and one line for every expected error."""

from __future__ import annotations

import importlib
import os
import sys

import click

from findbench.harness.errors import FindbenchError

COMMANDS = {
    "setup": "findbench.harness.commands.setup:setup",
    "run": "findbench.harness.commands.run:run",
    "report": "findbench.harness.commands.report:report",
    "show": "findbench.harness.commands.show:show",
    "replay": "findbench.harness.commands.replay:replay",
    "score": "findbench.harness.commands.score:score",
    "compare": "findbench.harness.commands.compare:compare",
    "validate": "findbench.harness.commands.validate:validate",
    "audit": "findbench.harness.commands.audit:audit",
    "attack": "findbench.harness.commands.attack:attack",
    "bench": "findbench.harness.commands.bench:bench",
    "suite": "findbench.harness.commands.suite:suite",
    "image": "findbench.harness.commands.image:image",
    "doctor": "findbench.harness.commands.doctor:doctor",
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
        module, name = COMMANDS[cmd_name].split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="findbench")
def cli() -> None:
    """Study hidden functions in isolated containers, and score what was understood."""


def main() -> None:
    """Entry point: expected errors become one line on stderr and exit code 2."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # episodes run side by side: more threads each only contend
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except FindbenchError as error:
        print(f"findbench: {error}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print("findbench: interrupted; the same command resumes", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader of a pipe left: silence, as other tools do
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
