"""Removing what dead owners left: containers and socket directories."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, NamedTuple

import requests
from docker.errors import APIError

from findbench.harness.sandbox import ownership
from findbench.harness.sandbox.engine import connect, remove_container, translate_error

if TYPE_CHECKING:
    from pathlib import Path

    import docker


class Swept(NamedTuple):
    """How much of dead runs was found (or removed)."""

    containers: int
    directories: int


def sweep(client: docker.DockerClient | None = None, *, dry_run: bool = False) -> Swept:
    """Remove the containers and socket directories of dead owners (only count them when `dry_run`).

    Never touches a live owner's, whoever runs it. Safe to call from several processes at once: what another
    removes meanwhile is waited for, so that afterwards it is gone whoever was first.
    """
    client = client or connect()
    containers = 0
    try:
        found = client.api.containers(all=True, filters={"label": ownership.OWNER_LABEL})
    except (APIError, requests.RequestException) as error:
        raise translate_error(error) from error
    for container in found:
        if not ownership.abandoned(container["Labels"][ownership.OWNER_LABEL], container["State"]):
            continue
        containers += 1
        if not dry_run:
            with contextlib.suppress(requests.RequestException):
                remove_container(client, container["Id"])
    directories = 0
    for entry in ownership.socket_root().iterdir():
        if ownership.TOKEN.match(entry.name) and not ownership.owner_alive(entry.name):
            directories += 1
            if not dry_run:
                _remove_tree(entry)
    return Swept(containers, directories)


def _remove_tree(path: Path) -> None:
    """Remove without following links: a link that stands where a directory should is itself removed."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)  # descends by descriptor and never through a link
