"""The base image: pinned by digest from a registry when one answers, else bootstrapped from Debian's packages."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time

import docker
import requests
from docker.errors import APIError, ImageNotFound

from findbench.harness.errors import EngineError
from findbench.harness.setup import PACKAGE, debian, last_line, say

SETTING = "FINDBENCH_BASE_IMAGE"
"""Environment variable: `auto` (default), `bootstrap`, or an image reference that the engine has or can pull."""
PINNED = "python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b"
REGISTRY = "https://registry-1.docker.io/v2/"
REGISTRY_SECONDS = 3.0
"""How long the registry may take to say anything before the base is bootstrapped instead."""
RECIPE = PACKAGE / "sandbox_image" / "base.sh"
REPOSITORY = "findbench-base"


def setting() -> str:
    """What the person asked for."""
    return os.environ.get(SETTING) or "auto"


def identity() -> str:
    """What of the base decides the sandbox image's tag: the setting, the pin and the recipe."""
    return f"{setting()} {PINNED} {hashlib.sha256(RECIPE.read_bytes()).hexdigest()}"


def ensure(client: docker.DockerClient) -> str:
    """A reference of the base image in the engine, pulled or bootstrapped when it is not there. Raises EngineError."""
    wanted, bootstrapped = setting(), _bootstrap_tag()
    candidates = {"auto": (PINNED, bootstrapped), "bootstrap": (bootstrapped,)}.get(wanted, (wanted,))
    for candidate in candidates:
        if _present(client, candidate):
            return candidate
    if wanted not in ("auto", "bootstrap"):
        _pull(client, wanted)
        return wanted
    if wanted == "auto" and registry_answers():
        try:
            _pull(client, PINNED)
        except EngineError as error:
            say(f"{error}; bootstrapping the base image instead")
        else:
            return PINNED
    _bootstrap(client, bootstrapped)
    return bootstrapped


def registry_answers() -> bool:
    """Whether the registry of the pinned base can be reached, decided in a few seconds."""
    try:
        return requests.get(REGISTRY, timeout=REGISTRY_SECONDS).status_code in (200, 401)
    except requests.RequestException:
        return False


def _bootstrap_tag() -> str:
    return f"{REPOSITORY}:{hashlib.sha256(RECIPE.read_bytes()).hexdigest()[:12]}"


def _present(client: docker.DockerClient, reference: str) -> bool:
    try:
        client.images.get(reference)
    except ImageNotFound:
        return False
    return True


def _pull(client: docker.DockerClient, reference: str) -> None:
    say(f"pulling the base image {reference}")
    try:
        for step in client.api.pull(reference, stream=True, decode=True):
            if "error" in step:
                raise EngineError(f"pulling {reference} failed: {step['error']}")
    except (APIError, requests.RequestException) as error:
        raise EngineError(f"pulling {reference} failed: {last_line(str(error))}") from error


def _bootstrap(client: docker.DockerClient, tag: str) -> None:
    debian.install("mmdebstrap", "debian-archive-keyring", binary="mmdebstrap", purpose="bootstraps the base image")
    say("bootstrapping the base image from Debian's packages with mmdebstrap (half a minute)")
    start = time.monotonic()
    with tempfile.TemporaryFile() as tar:
        done = subprocess.run(
            ["/bin/sh", str(RECIPE), *debian.bookworm_sources()], stdout=tar, stderr=subprocess.PIPE, check=False
        )
        if done.returncode:
            raise EngineError(
                f"bootstrapping the base image failed: {last_line(done.stderr.decode('utf-8', 'replace'))}; check that "
                f"apt reaches a Debian mirror, or set {SETTING} to an image with Python 3.11"
            )
        size = tar.tell()
        tar.seek(0)
        repository, _, version = tag.partition(":")
        client.api.import_image_from_data(tar, repository=repository, tag=version)
    say(f"bootstrapped {tag} ({size >> 20} MB) in {time.monotonic() - start:.0f} s")
