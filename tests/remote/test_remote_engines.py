"""Labs on an engine that sees no file of this machine: over TCP, over ssh, through a docker context."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from remote.remote_engine import RemoteEngine, python, remote_engine, ssh_to, tls_to

from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import EngineError
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox import engine, image, transport
from findbench.harness.selfcheck import self_check

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a second engine")
FUNCTION = load_suite("smoke")["numeric/0000"]


@pytest.fixture(scope="module")
def own() -> Iterator[RemoteEngine]:
    with remote_engine() as started:
        yield started


@pytest.fixture(scope="module")
def ssh(own: RemoteEngine) -> Iterator[str]:
    """Its address over ssh, while the `ssh` that knows the key comes first."""
    with TemporaryDirectory(prefix="ssh-", dir="/var/tmp") as folder, ssh_to(own, Path(folder)) as address:
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{folder}:{before}"
        yield address
        os.environ["PATH"] = before


@pytest.fixture(params=["tcp", "ssh"])
def host(request: pytest.FixtureRequest, own: RemoteEngine) -> str:
    """Each way to the engine."""
    return own.tcp if request.param == "tcp" else str(request.getfixturevalue("ssh"))


def test_the_image_is_built_there_and_auto_takes_stdin_and_stdout(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.using(host):
        with Lab(FUNCTION, budget=100) as lab:
            result = lab.run("x = f(1.0)\nprint(x, f(np.arange(50.0)).shape)")
            assert (result.status, result.queries) == ("ok", 51)
            assert lab.run("print(x)").stdout.split() == result.stdout.split()[:1]
        assert image.current().digest.startswith("sha256:")
        assert transport.resolve("auto") == "stdio"
    assert capsys.readouterr().err.count("labs are reached over their stdin and stdout") <= 1


def test_labs_are_reached_over_tls_and_without_a_certificate_nothing_is(
    own: RemoteEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tls_to(own, tmp_path) as address:
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
        with engine.using(address), Lab(FUNCTION, budget=1_000_000) as lab:
            result = lab.run("print(f(1.0), len(f(np.zeros(200_000))))")
            assert (result.status, result.queries, result.stdout.split()[1]) == ("ok", 200_001, "200000")
        (tmp_path / "other").mkdir()
        with engine.using(address):
            monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path / "other"))
            with pytest.raises(EngineError, match="check DOCKER_CERT_PATH"):
                engine.connect()


def test_a_socket_of_this_machine_does_not_mean_that_the_engine_sees_its_files(own: RemoteEngine) -> None:
    with engine.using(own.unix):
        assert transport.resolve("auto") == "stdio"
        with Lab(FUNCTION, budget=100) as lab:
            assert lab.run("print(f(1.0))").status == "ok"


def test_the_machines_own_engine_is_reached_by_unix_sockets() -> None:
    assert transport.resolve("auto") == "unix"


def test_unix_sockets_are_refused_for_another_machine(host: str) -> None:
    with engine.using(host), pytest.raises(EngineError, match="--transport unix"), Lab(FUNCTION, transport="unix"):
        pass


def test_every_check_holds_there(host: str) -> None:
    assert [check for check in self_check(host) if not check.ok] == []


def test_nothing_is_left_there(own: RemoteEngine) -> None:
    with engine.using(own.tcp):
        assert engine.connect().api.containers(all=True) == []


def test_a_run_goes_through_a_docker_context_and_says_how_it_reached_its_labs(
    own: RemoteEngine, tmp_path: Path
) -> None:
    settings, out = tmp_path / "docker", tmp_path / "run"
    settings.mkdir()
    environment = {"DOCKER_CONFIG": str(settings)}
    create = ["docker", "context", "create", "there", "--docker", f"host={own.tcp}"]
    subprocess.run(create, env={**os.environ, **environment}, capture_output=True, check=True)
    command = ("-m", "findbench.harness.cli", "run", "smoke", "--ids", FUNCTION.id, "--interpreter", "line")
    done = python(*command, "--out", str(out), DOCKER_CONTEXT="there", **environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(f"labs are reached over their stdin and stdout: the engine is at {own.tcp}") == 1
    assert json.loads((out / "run.json").read_text())["sessions"][0]["versions"]["transport"] == "stdio"


def test_a_host_that_dies_takes_its_labs_with_it(own: RemoteEngine) -> None:
    """Whoever runs on another machine cannot be asked whether it lives: its labs end by themselves."""
    code = (
        "import os, sys\nfrom findbench.functions.suites.builtin import load_suite\n"
        "from findbench.harness.lab.lab import Lab\n"
        "lab = Lab(load_suite('smoke')['numeric/0000'])\nlab.start()\nprint(lab.container_id, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = python("-c", code, DOCKER_HOST=own.tcp)
    container = done.stdout.strip()
    with engine.using(own.tcp):
        api = engine.connect().api
        assert api.wait(container, timeout=60)["StatusCode"] == 0
        api.remove_container(container)
