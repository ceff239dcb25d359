"""`findbench setup`: make this machine ready for labs."""

from __future__ import annotations

import click

from findbench.harness.commands.command import Choice, command
from findbench.harness.exits import Exit
from findbench.harness.setup import steps


@command()
@click.argument("names", metavar="[engine] [image] [gvisor]", nargs=-1, type=Choice(steps.STEPS))
def setup(names: tuple[str, ...]) -> Exit:
    """Make this machine ready: a container engine that answers, then the sandbox image.

    Each step is quick when its result is there. Named steps run in the order given. `gvisor` installs runsc and adds it
    to /etc/docker/daemon.json; it runs only when it is named. What has to be installed or started needs root.
    """
    for name in names or steps.DEFAULT:
        steps.run(name)
    return Exit.OK
