"""The sandbox image: its tag from the files it is made of, its digest from what is inside, and how it is built."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import subprocess
import sys
import tarfile
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import NamedTuple

import docker
import requests
from docker.errors import APIError, ImageNotFound, NotFound
from filelock import FileLock

from findbench.harness import private
from findbench.harness.errors import EngineError
from findbench.harness.sandbox import endpoint
from findbench.harness.sandbox.engine import connect
from findbench.harness.setup import PACKAGE, base, cache, last_line, say

REPOSITORY = "findbench-sandbox"
LAB_MODULES = (
    "__init__",
    "batches",
    "calls",
    "capture",
    "confinement",
    "evaluation",
    "experiment",
    "filters",
    "forks",
    "guard",
    "kinds",
    "landlock",
    "mux",
    "nursery",
    "processes",
    "runner",
    "seeding",
    "submission",
    "warming",
    "wire",
)
INPUTS = {
    "Dockerfile": "Dockerfile",
    "requirements.lock": "sandbox_image/requirements.lock",
    "installer.lock": "sandbox_image/installer.lock",
    "lab/__main__.py": "sandbox_image/__main__.py",
    **{f"lab/sandbox_image/{name}.py": f"sandbox_image/{name}.py" for name in LAB_MODULES},
}
"""Name in the build's context -> file of the import package. With the base, these decide what the image is."""
PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
"""Wheels that Debian bookworm (glibc 2.36) can load and that are asked for, whatever the host's Python is."""


class ImageId(NamedTuple):
    """The sandbox image: `tag` follows from the files it is built from, `digest` from what is inside."""

    tag: str
    digest: str


_found: dict[endpoint.Endpoint, ImageId] = {}
"""By engine: another engine has other images."""


def current() -> ImageId:
    """The image that labs run: built first when the files it is made of changed (seconds when only the runner did).

    Looked up once per process and engine. Raises EngineError when it cannot be built.
    """
    at = endpoint.current()
    if at not in _found:
        _found[at] = ensure()
    return _found[at]


def ensure(*, rebuild: bool = False) -> ImageId:
    """Build the sandbox image when its tag is missing (or `rebuild`), and return what it is. Raises EngineError."""
    client = connect()
    wanted = tag()
    found = None if rebuild else digest(client, wanted)
    return ImageId(wanted, found or build(client, wanted, use_cache=not rebuild))


def tag() -> str:
    """`findbench-sandbox:<12 digits>`: another file, another base or another machine type gives another tag.

    A wheel and the checkout that it was built from give the same tag. Raises EngineError when a file is missing.
    """
    digest = hashlib.sha256(f"{platform.machine()}\0{base.identity()}\0".encode())
    for name, source in INPUTS.items():
        data = _read(PACKAGE / source)
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EngineError(
            f"cannot read {path} ({error.strerror}); the sandbox image is built from it: install findbench again"
        ) from None


def digest(client: docker.DockerClient, tag: str) -> str | None:
    """SHA-256 over the image's layers and the configuration that matters; None when there is no such image."""
    try:
        found = client.images.get(tag).attrs
    except (ImageNotFound, NotFound):
        return None
    config = found["Config"]
    content = {
        "layers": found["RootFS"]["Layers"],
        **{key: config.get(key) for key in ("Entrypoint", "Cmd", "Env", "User", "WorkingDir")},
    }
    return "sha256:" + hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def build(client: docker.DockerClient, tag: str, *, use_cache: bool = True) -> str:
    """Build the image `tag` and return its digest. Only one process builds at a time; the others find its result.

    Raises EngineError with the last thing the build said.
    """
    with _only_one():
        if use_cache and (found := digest(client, tag)) is not None:
            return found
        _same_architecture(client)
        base_image = base.ensure(client)
        wheels = wheelhouse()
        say(f"building the sandbox image {tag} (a minute the first time, seconds when only the runner changed)")
        start = time.monotonic()
        try:
            _run_build(client, tag, base_image, context(wheels), use_cache=use_cache)
        except (APIError, requests.RequestException) as error:
            raise EngineError(f"building the sandbox image failed: {last_line(str(error))}") from error
        found = digest(client, tag)
        assert found is not None
        say(f"built {tag} in {time.monotonic() - start:.0f} s: {found[:19]}")
        return found


def _same_architecture(client: docker.DockerClient) -> None:
    """Raises EngineError for an engine of another kind: what goes into the image is fetched for this machine's."""
    there = str(client.info().get("Architecture", ""))
    names = {"arm64": "aarch64", "amd64": "x86_64"}
    here = platform.machine()
    if there and names.get(there, there) != names.get(here, here):
        raise EngineError(f"the engine's machine is {there} and this one is {here}; use an engine on {here}")


def _run_build(client: docker.DockerClient, tag: str, base_image: str, data: bytes, *, use_cache: bool) -> None:
    said = ""
    steps = client.api.build(
        fileobj=io.BytesIO(data),
        custom_context=True,
        tag=tag,
        rm=True,
        forcerm=True,
        nocache=not use_cache,
        network_mode="none",  # the wheels are all it needs
        buildargs={"BASE": base_image},
        decode=True,
        timeout=1800,
    )
    for step in steps:
        said += step.get("stream", "")
        if "error" in step:
            output = re.sub(r"\x1b\[\d*m|Removing intermediate container \w+", "", said)
            raise EngineError(f"building the sandbox image failed: {last_line(output)} ({step['error'][-40:]})")


def context(wheels: Path) -> bytes:
    """The build's context as a tar: the same bytes for the same files, whatever their modes, owners and times here."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        files = {name: PACKAGE / source for name, source in INPUTS.items()}
        files |= {f"wheels/{wheel.name}": wheel for wheel in sorted(wheels.glob("*.whl"))}
        for name, path in files.items():
            data = _read(path)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def wheelhouse() -> Path:
    """The directory with the locked wheels, downloaded (and checked against their hashes) when they are not there."""
    locks = [PACKAGE / INPUTS["requirements.lock"], PACKAGE / INPUTS["installer.lock"]]
    key = hashlib.sha256(b"\0".join(_read(lock) for lock in locks) + platform.machine().encode()).hexdigest()[:12]
    directory = cache() / f"wheels-{key}"
    complete = directory / "complete"
    if complete.exists():
        return directory
    say("downloading the sandbox's wheels (numpy, scipy, pip; 60 MB)")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(directory)),
        *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "abi3", "--abi", "none"),
        *(part for name in PLATFORMS for part in ("--platform", f"{name}_{platform.machine()}")),
        *(part for lock in locks for part in ("-r", str(lock))),
    ]
    private.make_directory(directory)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(
            f"downloading the sandbox's wheels failed: {last_line(done.stderr)}; check that pip reaches its index"
        )
    complete.touch()
    return directory


def _only_one() -> AbstractContextManager[object]:
    """Wait until no other process builds an image, and hold the lock of the cache until the context ends."""
    directory = cache()
    try:
        return FileLock(directory / "image.lock", mode=private.FILE).acquire()
    except OSError as error:
        raise EngineError(f"cannot write {directory} ({error.strerror}); build the image as its owner") from None


def remove_unused(client: docker.DockerClient, current: str) -> int:
    """Remove the tags of other inputs that no container uses, and return how many.

    Not done by itself: a run of another checkout may still start labs from one of them.
    """
    removed = 0
    for found in client.api.images(REPOSITORY):
        for old in found.get("RepoTags") or []:
            if old != current:
                with suppress(APIError):  # a lab still runs it
                    client.api.remove_image(old)
                    removed += 1
    return removed
