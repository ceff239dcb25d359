"""The engine: reached or explained in one line, and swept of what dead owners left, never of what live ones use."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest
import requests

from findbench.harness.errors import EngineError, InfrastructureError
from findbench.harness.sandbox import engine, image, ownership, sweep


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A private directory whose path is short enough for unix sockets (pytest's own may not be)."""
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def private_root(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    return ownership.socket_root()


@pytest.fixture
def dead_token() -> str:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    token = ownership.owner_token(child.pid)
    assert ownership.owner_alive(token)
    child.communicate(b"\n")
    return token


def message_at(host: str, monkeypatch: pytest.MonkeyPatch, timeout: int = 5) -> str:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(EngineError) as caught:
        engine.connect(timeout)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextlib.contextmanager
def server(path: Path, reply: bytes | None) -> Iterator[str]:
    """A unix socket that answers every request with `reply`, or never."""
    done = threading.Event()
    held: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(0.05)

        def serve() -> None:
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    peer, _ = listener.accept()
                    if reply is None:
                        held.append(peer)
                    else:
                        with peer:
                            if peer.recv(65536):
                                peer.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            done.set()
            thread.join()
            for peer in held:
                peer.close()


def test_a_missing_socket_says_how_to_get_an_engine(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "findbench setup engine" in message_at(f"unix://{short_dir}/none.sock", monkeypatch)


def test_a_socket_that_nobody_listens_on_says_how_to_start_the_engine(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = short_dir / "engine.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    assert "start it" in message_at(f"unix://{path}", monkeypatch)


def test_a_socket_without_permission_names_the_group(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = short_dir / "engine.sock"
    with server(path, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK") as host:
        path.chmod(0)
        short_dir.chmod(0o755)
        uid = os.geteuid()
        if uid == 0:
            os.seteuid(65534)
        try:
            assert "usermod -aG docker" in message_at(host, monkeypatch)
        finally:
            if uid == 0:
                os.seteuid(uid)


def test_an_engine_that_never_answers_is_given_up(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(short_dir / "engine.sock", None) as host:
        assert "does not answer in time" in message_at(host, monkeypatch, timeout=1)


def test_an_engine_that_refuses_is_quoted(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"message": "out of order"}'
    reply = b"HTTP/1.1 500 Oh\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with server(short_dir / "engine.sock", reply) as host:
        assert "out of order" in message_at(host, monkeypatch)


def test_one_process_has_one_client() -> None:
    assert engine.connect() is engine.connect()


def test_what_a_record_says_about_the_engine_is_plain_json_without_paths() -> None:
    info = engine.engine_info()
    assert json.loads(json.dumps(info)) == info
    assert info["engine"]
    assert info["runtimes"]["runc"]
    assert engine.has_runtime("runc")
    assert not engine.has_runtime("no-such-runtime")


def api_error(text: str, status: int = 400) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError("failed", response=response, explanation=text)


def test_an_unknown_runtime_is_the_persons_to_fix_and_names_the_fix() -> None:
    error = engine.translate_error(api_error("Unknown runtime specified runsc"), runtime="runsc")
    assert isinstance(error, EngineError)
    assert "findbench setup gvisor" in str(error)


def test_a_missing_image_is_the_persons_to_fix() -> None:
    error = engine.translate_error(docker.errors.ImageNotFound("no such image"))
    assert isinstance(error, EngineError)
    assert "findbench image build" in str(error)


@pytest.mark.parametrize("error", [api_error("OCI runtime\ncreate failed", 500), requests.ReadTimeout("timed out")])
def test_what_may_pass_is_an_infrastructure_error_of_one_line(error: Exception) -> None:
    explained = engine.translate_error(error)
    assert isinstance(explained, InfrastructureError)
    assert "\n" not in str(explained)


# -- owners ------------------------------------------------------------------------------------------------------------


def test_this_process_is_alive() -> None:
    assert ownership.owner_alive(ownership.owner_token())


def test_a_process_that_ended_is_dead(dead_token: str) -> None:
    assert not ownership.owner_alive(dead_token)


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    token = ownership.owner_token(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    while "Z" not in Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0]:
        time.sleep(0.01)
    assert not ownership.owner_alive(token)
    child.wait()


def test_a_later_process_of_the_same_number_is_another() -> None:
    pid, ticks, *rest = ownership.owner_token().split("-")
    assert not ownership.owner_alive("-".join([pid, str(int(ticks) - 1), *rest]))


def test_a_process_of_an_earlier_boot_is_dead() -> None:
    pid, ticks, boot, namespace = ownership.owner_token().split("-")
    other = f"{int(boot, 16) ^ 1:08x}"
    assert not ownership.owner_alive(f"{pid}-{ticks}-{other}-{namespace}")


def test_a_process_of_another_pid_namespace_is_left_alone() -> None:
    pid, ticks, boot, namespace = ownership.owner_token().split("-")
    assert ownership.owner_alive(f"{pid}-{int(ticks) - 1}-{boot}-{int(namespace) + 1}")


@pytest.mark.parametrize("token", ["", "1", "../../etc", "1-2-3-4-5", "1-2-zzzzzzzz-4", "1-2-00000000-4\n"])
def test_garbage_names_no_living_process(token: str) -> None:
    assert not ownership.owner_alive(token)


# -- what they leave ---------------------------------------------------------------------------------------------------


def test_the_socket_root_is_closed_to_other_users_even_if_it_was_open_before(private_root: Path) -> None:
    private_root.chmod(0o777)
    assert ownership.socket_root() == private_root
    assert private_root.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_socket_root_is_refused(short_dir: Path, private_root: Path) -> None:
    private_root.rmdir()
    private_root.symlink_to(short_dir)
    with pytest.raises(EngineError, match="not a directory of this user"):
        ownership.socket_root()


def test_the_sweep_removes_directories_of_the_dead_only_and_follows_no_link(
    short_dir: Path, private_root: Path, dead_token: str
) -> None:
    precious = short_dir / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep")
    dead = private_root / dead_token / "0123"
    dead.mkdir(parents=True)
    (dead / "link").symlink_to(precious)
    linked = private_root / f"9{dead_token}"
    linked.symlink_to(precious)
    live = private_root / ownership.owner_token() / "4567"
    live.mkdir(parents=True)
    other = private_root / "somebody-elses"
    other.mkdir()

    assert sweep.sweep(dry_run=True).directories == 2
    assert dead.exists()
    assert sweep.sweep().directories == 2
    assert not dead.parent.exists()
    assert not linked.is_symlink()
    assert live.is_dir()
    assert other.is_dir()
    assert (precious / "file").read_text() == "keep"
    assert sweep.sweep().directories == 0


def test_the_sweep_removes_containers_of_the_dead_and_keeps_those_of_the_living(dead_token: str) -> None:
    client = engine.connect()
    names = {}
    for token in (dead_token, ownership.owner_token()):
        made = client.api.create_container(image.current().tag, labels={ownership.OWNER_LABEL: token})
        names[token] = made["Id"]
    try:
        sweep.sweep()
        left = {found["Id"] for found in client.api.containers(all=True, filters={"label": ownership.OWNER_LABEL})}
        assert names[dead_token] not in left
        assert names[ownership.owner_token()] in left
    finally:
        client.api.remove_container(names[ownership.owner_token()], force=True)


def test_the_sweep_takes_of_another_machines_containers_only_those_that_have_ended() -> None:
    """Two clients of one engine do not know each other's processes: what runs, or is about to, may be a live lab."""
    pid, ticks, boot, namespace = ownership.owner_token().split("-")
    api = engine.connect().api
    labels = {ownership.OWNER_LABEL: f"{pid}-{ticks}-{int(boot, 16) ^ 1:08x}-{namespace}"}

    def made(code: str) -> str:
        entrypoint = ["/usr/bin/python3", "-c", code]
        found = api.create_container(
            image.current().tag, entrypoint=entrypoint, labels=labels, network_disabled=True, host_config=config
        )
        return str(found["Id"])

    config = api.create_host_config(network_mode="none")
    created, running, ended = made(""), made("import time; time.sleep(600)"), made("")
    try:
        api.start(running)
        api.start(ended)
        api.wait(ended)
        assert sweep.sweep(dry_run=True).containers >= 1
        sweep.sweep()
        left = {found["Id"] for found in api.containers(all=True, filters={"label": ownership.OWNER_LABEL})}
        assert left & {created, running, ended} == {created, running}
    finally:
        for container in (created, running):
            api.remove_container(container, force=True)


def test_sweeps_at_the_same_time_each_leave_nothing_of_the_dead(dead_token: str) -> None:
    """The engine refuses a second removal of what it is removing: the second sweep waits for the first."""
    client = engine.connect()
    tag, labels = image.current().tag, {ownership.OWNER_LABEL: dead_token}
    made = {client.api.create_container(tag, labels=labels)["Id"] for _ in range(6)}

    def sweep_and_list(_: int) -> set[str]:
        sweep.sweep()
        return {found["Id"] for found in client.api.containers(all=True, filters={"label": ownership.OWNER_LABEL})}

    with ThreadPoolExecutor(4) as threads:
        for left in threads.map(sweep_and_list, range(4)):
            assert not made & left


def test_a_process_that_ends_leaves_no_socket_directory(short_dir: Path) -> None:
    code = (
        "from findbench.harness.sandbox import ownership; (ownership.socket_root() / ownership.owner_token()).mkdir()"
    )
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(short_dir)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert [list(root.iterdir()) for root in short_dir.iterdir()] == [[]]
