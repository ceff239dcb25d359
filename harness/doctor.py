"""Is everything there that a run needs, and if not, what to do about it: one check for each prerequisite."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker
import requests

from findbench.harness.errors import FindbenchError
from findbench.harness.sandbox import engine, ownership, sweep
from findbench.harness.sandbox import image as builder
from findbench.harness.sandbox.transport import resolve
from findbench.harness.schema.words import counted
from findbench.harness.setup import cache

if TYPE_CHECKING:
    from findbench.harness import selfcheck
    from findbench.harness.sandbox.backend import Transport

PROBE_SECONDS = 10
"""How long the engine may take to answer the doctor."""
NEEDED_GIB = 2.0
"""Free disk space for the images and a few runs."""


@dataclass(frozen=True)
class Check:
    """One prerequisite. `fix` is empty when it is ok; only a `needed` one that is not ok stops every run."""

    name: str
    ok: bool
    found: str
    fix: str = ""
    needed: bool = True
    skipped: bool = False
    """Not ok, and no failure either: it is not there and need not be, or it can wait."""

    @property
    def verdict(self) -> str:
        """`ok`, `FAIL` or `SKIP`."""
        return "ok" if self.ok else "SKIP" if self.skipped else "FAIL"


def examine(*, clean: bool = False) -> Iterator[Check]:
    """Every check, in the order in which one rests on another. Never raises, never shows a secret, builds nothing."""
    yield _python()
    yield _guarded("disk space", _disk)
    yield _key()
    try:
        client = engine.connect(PROBE_SECONDS)
    except FindbenchError as error:
        why, _, fix = str(error).partition("; ")
        yield Check("container engine", False, why, fix)
        return
    yield _guarded("container engine", lambda: _engine(client))
    yield _guarded("runtime runc", lambda: _runtime(client, "runc", "reinstall the engine", needed=True))
    yield _guarded(
        "runtime runsc",
        lambda: _runtime(client, "runsc", "for stronger isolation: findbench setup gvisor", needed=False),
    )
    yield _guarded("sandbox image", lambda: _image(client))
    yield _guarded("socket directory", _sockets)
    yield _guarded("leftovers", lambda: _leftovers(client, clean=clean))


def examine_labs(transport: Transport = "auto") -> list[Check]:
    """The conformance suite in a lab of each runtime that the engine has: one check of protections, one of limits."""
    known = [name for name in ("runc", "runsc") if engine.has_runtime(name)]
    return [check for name in known for check in _look_inside(name, transport)]


def _look_inside(runtime: str, transport: Transport) -> list[Check]:
    from findbench.harness.selfcheck import self_check  # loads the suites: only for who asks

    results: list[selfcheck.Check] = []

    def labs() -> Check:
        reached = resolve(transport)
        results.extend(self_check(runtime=runtime, transport=reached))
        return _labs(runtime, [check for check in results if not check.limit], reached)

    found = _guarded(f"labs on {runtime}", labs)
    return [found, _guarded(f"limits on {runtime}", lambda: _limits(runtime, results))] if results else [found]


def _labs(runtime: str, results: list[selfcheck.Check], reached: str) -> Check:
    broken = [f"{check.name} ({check.detail})" for check in results if not check.ok and not check.optional]
    lacking = [check.name for check in results if not check.ok and check.optional]
    found = f"{sum(check.ok for check in results)} of {len(results)} checks passed over {reached}"
    if lacking:
        found += f"; its kernel lacks: {', '.join(lacking)}"
    if broken:
        found += f"; failed: {', '.join(broken)}"
    fix = "do not trust labs on this runtime; look at the engine's configuration" if broken else ""
    return Check(f"labs on {runtime}", not broken, found, fix, needed=runtime == "runc")


def _limits(runtime: str, results: list[selfcheck.Check]) -> Check:
    """Which limits do not hold: those that the configuration leaves out, and those that a lab was seen to exceed."""
    exceeded = [check.limit for check in results if check.limit and not check.ok]
    known = engine.unenforced(runtime)
    missing = [*known, *(limit for limit in exceeded if limit not in known)]
    if not missing:
        return Check(f"limits on {runtime}", True, "all hold")
    fix = (
        "a run's record names them; to try again: take runsc out of daemon.json, then `findbench setup gvisor`"
        if runtime != "runc"
        else "mount the control groups, and start the engine again"
    )
    found = f"these do not hold: {', '.join(missing)}"
    expected = set(exceeded) <= set(known)
    return Check(f"limits on {runtime}", False, found, fix, needed=runtime == "runc", skipped=expected)


def _guarded(name: str, probe: Callable[[], Check]) -> Check:
    try:
        return probe()
    except (FindbenchError, docker.errors.DockerException, requests.RequestException, OSError) as error:
        why, _, fix = engine.one_line(error).partition("; ")
        return Check(name, False, why, fix or "see the engine's log")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    fix = "install findbench again (in a checkout: `make venv`)"
    missing = [name for name in ("click", "docker", "numpy", "pydantic") if importlib.util.find_spec(name) is None]
    if missing:
        return Check("Python", False, f"{version}, without {', '.join(missing)}", fix)
    return Check("Python", sys.version_info >= (3, 11), version, "" if sys.version_info >= (3, 11) else fix)


def _disk() -> Check:
    free = shutil.disk_usage(cache()).free / 2**30
    if free < NEEDED_GIB:
        return Check(
            "disk space", False, f"{free:.1f} GiB free", f"free {NEEDED_GIB:.0f} GiB: `findbench doctor --clean`"
        )
    return Check("disk space", True, f"{free:.1f} GiB free")


def _key() -> Check:
    there = bool(os.environ.get("OPENAI_API_KEY"))
    return Check(
        "OPENAI_API_KEY",
        there,
        "set" if there else "not set",
        "" if there else "only for language models: export OPENAI_API_KEY=...",
        needed=False,
        skipped=not there,
    )


def _engine(client: docker.DockerClient) -> Check:
    info = client.info()
    found = f"{info['ServerVersion']}, {info['Driver']}, cgroup v{info.get('CgroupVersion', '1')}"
    limits = [name for name in ("MemoryLimit", "PidsLimit", "CpuCfsQuota") if not info.get(name, True)]
    if limits:
        return Check(
            "container engine", False, f"{found}; cannot enforce {', '.join(limits)}", "mount the control groups"
        )
    return Check("container engine", True, found)


def _runtime(client: docker.DockerClient, name: str, fix: str, *, needed: bool) -> Check:
    known = name in client.info()["Runtimes"]
    found = "known" if known else "unknown"
    return Check(f"runtime {name}", known, found, "" if known else fix, needed=needed, skipped=not known and not needed)


def _image(client: docker.DockerClient) -> Check:
    tag = builder.tag()
    digest = builder.digest(client, tag)
    if digest is None:
        return Check("sandbox image", False, f"{tag} is not built", "findbench image build")
    return Check("sandbox image", True, f"{tag}, {digest[:19]}")


def _sockets() -> Check:
    return Check("socket directory", True, str(ownership.socket_root()))


def _leftovers(client: docker.DockerClient, *, clean: bool) -> Check:
    left = sweep.sweep(client, dry_run=not clean)
    directories = counted(left.directories, "directory", "directories")
    found = f"{counted(left.containers, 'container')} and {directories} of dead runs"
    if clean:
        images = builder.remove_unused(client, builder.tag())
        return Check("leftovers", True, f"removed {found}, {counted(images, 'image')} of other versions", needed=False)
    fix = "findbench doctor --clean" if any(left) else ""
    return Check("leftovers", not any(left), found, fix, needed=False, skipped=any(left))
