"""The engine's address: found as docker's own command line finds it, and explained in one line when nobody answers."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from findbench.harness.errors import EngineError
from findbench.harness.sandbox import endpoint

VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
PONG = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where nothing is set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def make_context(folder: Path, name: str, host: str, *, current: bool = False) -> None:
    """As `docker context create` does."""
    meta = folder / "contexts" / "meta" / sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
    (folder / "config.json").write_text(json.dumps({"currentContext": name} if current else {}))


def message(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What is said when the engine is asked for."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EngineError) as caught:
        endpoint.current().ping()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """A TCP server on this machine that answers one request with `reply`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                if peer.recv(65536):
                    peer.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join()


# -- found


def test_without_any_setting_it_is_the_default_socket() -> None:
    assert endpoint.current().url == "unix:///var/run/docker.sock"


def test_the_current_docker_context_is_used(tmp_path: Path) -> None:
    make_context(tmp_path, "elsewhere", "ssh://somebody@elsewhere", current=True)
    found = endpoint.current()
    assert (found.url, found.kind, found.source) == ("ssh://somebody@elsewhere", "ssh", "docker context elsewhere")


def test_a_context_can_be_named_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_context(tmp_path, "elsewhere", "tcp://elsewhere:2375")
    assert endpoint.current().kind == "unix"
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    assert endpoint.current().url == "tcp://elsewhere:2375"


def test_an_address_in_the_environment_overrides_a_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_context(tmp_path, "elsewhere", "tcp://elsewhere:2375", current=True)
    monkeypatch.setenv("DOCKER_HOST", "unix:///here.sock")
    assert endpoint.current().url == "unix:///here.sock"


def test_tls_is_asked_for_as_docker_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2376")
    assert endpoint.current().tls is None
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/certificates")
    expected = endpoint.Tls("/certificates/ca.pem", "/certificates/cert.pem", "/certificates/key.pem", verify=True)
    assert endpoint.current().tls == expected


# -- explained


@pytest.mark.parametrize(
    "host",
    [
        "npipe:////./pipe/docker",
        "elsewhere",
        "tcp://",
        "tcp://elsewhere:port",
        "tcp://elsewhere:99999",
        "ssh://",
        "ssh://-oProxyCommand=x",
        "ssh://elsewhere/docker.sock",
        "unix://",
    ],
)
def test_what_is_no_address_is_refused_with_the_forms_that_are(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = message(monkeypatch, DOCKER_HOST=host)
    assert said.startswith("DOCKER_HOST: ")
    assert "ssh://user@host" in said


def test_a_context_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no docker context 'none'" in message(monkeypatch, DOCKER_CONTEXT="none")


def test_a_context_that_cannot_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_context(tmp_path, "broken", "tcp://elsewhere:2375", current=True)
    next(tmp_path.glob("contexts/meta/*/meta.json")).write_text("{")
    assert "cannot be read" in message(monkeypatch)


def test_a_port_that_nobody_listens_on_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = message(monkeypatch, DOCKER_HOST="tcp://127.0.0.1:9")
    assert "no container engine listens at tcp://127.0.0.1:9" in said


def test_a_host_that_does_not_exist_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "correct DOCKER_HOST" in message(monkeypatch, DOCKER_HOST="tcp://no-such-host.invalid:2375")


def test_an_engine_that_wants_tls_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n") as host:
        assert "set DOCKER_TLS_VERIFY=1" in message(monkeypatch, DOCKER_HOST=host)


def test_certificates_that_are_not_there_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with answering(PONG) as host:
        said = message(monkeypatch, DOCKER_HOST=host, DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(tmp_path))
        assert "check DOCKER_CERT_PATH" in said


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 404 Not Found\r\n\r\nnothing here"])
def test_what_is_no_engine_is_said_in_one_line(reply: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(reply) as host:
        assert "the container engine at tcp://127.0.0.1:" in message(monkeypatch, DOCKER_HOST=host)


def test_an_engine_is_asked_for_its_api_version(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(PONG) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert endpoint.current().ping() == "1.41"


def ssh_that(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program `ssh` that comes first."""
    program = folder / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_what_ssh_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh_that(tmp_path, "echo 'Permission denied (publickey).' >&2\nexit 255", monkeypatch)
    said = message(monkeypatch, DOCKER_HOST="ssh://somebody@elsewhere")
    assert "Permission denied (publickey)" in said
    assert "`ssh elsewhere docker version` work without a password" in said


def test_a_machine_without_ssh_is_told_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install openssh-client" in message(monkeypatch, DOCKER_HOST="ssh://elsewhere")


def test_ssh_is_asked_as_dockers_own_command_line_asks_and_never_for_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh_that(
        tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/arguments\nread -r line\nprintf "{PONG.decode()}"', monkeypatch
    )
    monkeypatch.setenv("DOCKER_HOST", "ssh://somebody@elsewhere:2222")
    endpoint.current().ping()
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[-5:] == ["--", "elsewhere", "docker", "system", "dial-stdio"]
    assert arguments[arguments.index("-l") :][:2] == ["-l", "somebody"]
    assert arguments[arguments.index("-p") :][:2] == ["-p", "2222"]
    assert "BatchMode=yes" in arguments


def test_an_ssh_client_ends_with_its_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh_that(tmp_path, f"echo $$ > {tmp_path}/pid\nexec cat", monkeypatch)
    monkeypatch.setenv("DOCKER_HOST", "ssh://elsewhere")
    connection = endpoint.current().open()
    connection.sendall(b"hello")
    assert connection.recv(5) == b"hello"
    pid = int((tmp_path / "pid").read_text())
    connection.close()
    assert os.waitpid(pid, 0)[0] == pid, "it has ended"
