"""Bad input: one line that says what, why and what to do; exit code 2; nothing overwritten."""

import os
import socket

import pytest
from run_help import VERSIONS, config, findbench, record

from findbench.harness.records import Run

SMOKE = ("run", "smoke", "--category", "numeric", "--functions", "1")


def assert_one_line(done, *parts):
    assert done.returncode == 2, done.stderr + done.stdout
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("findbench: ")
    for part in parts:
        assert part in lines[0]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("run", "nosuch", "--interpreter", "line"), ["nosuch", "smoke"]),
        ((*SMOKE, "--interpreter", "genius"), ["there is no interpreter 'genius'", "module:Class"]),
        ((*SMOKE, "--interpreter", "no_such_module:Thing"), ["cannot load interpreter"]),
        ((*SMOKE, "--interpreter", "run_help:Nothing"), ["cannot load interpreter"]),
        ((*SMOKE, "--interpreter", "run_help:FakeLab"), ["is no interpreter"]),
        (("run", "smoke", "--ids", "numeric/9999", "--interpreter", "line"), ["numeric/9999", "suite ls"]),
        ((*SMOKE, "--interpreter", "aia"), ["needs a language model", "--model"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "m"), ["OPENAI_API_KEY"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", "ftp://x"), ["--base-url"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", "http://u:p@h/v1"), ["OPENAI_API_KEY"]),
        ((*SMOKE, "--interpreter", "run_help:Prober", "--memory-mib", "1"), ["--memory-mib 1", "64"]),
        ((*SMOKE, "--interpreter", "run_help:Prober", "--runtime", "nosuch"), ["runtime", "nosuch"]),
        (("report", "nosuch-run"), ["is no run directory"]),
        (("show", "nosuch-run", "numeric/0000"), ["is no run directory"]),
        (("compare", "nosuch-run", "nosuch-run"), ["is no run directory"]),
    ],
)
def test_what_does_not_exist_is_named(tmp_path, arguments, parts):
    assert_one_line(findbench(*arguments, cwd=tmp_path), *parts)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_refuses_the_connection_stops_the_run_with_one_line(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        done = findbench(
            *(*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", url, "--retries", "0"),
            *("--out", tmp_path / "r"),
        )
    assert "Traceback" not in done.stderr
    mentions = [line for line in done.stderr.splitlines() if url.removesuffix("/v1") in line]
    assert len(mentions) == 1, done.stderr


def test_no_engine_is_one_line(tmp_path):
    done = findbench(
        *(*SMOKE, "--interpreter", "run_help:Prober", "--out", tmp_path / "r"),
        DOCKER_HOST=f"unix://{tmp_path}/nothing.sock",
    )
    assert_one_line(done, "no container engine", "findbench setup")
    assert not (tmp_path / "r").exists()


def test_an_engine_on_another_machine_that_is_not_there_is_one_line(tmp_path):
    done = findbench(
        *(*SMOKE, "--interpreter", "run_help:Prober", "--out", tmp_path / "r"), DOCKER_HOST="tcp://127.0.0.1:9"
    )
    assert_one_line(done, "tcp://127.0.0.1:9", "correct DOCKER_HOST")


def test_no_permission_on_the_engines_socket_is_one_line(monkeypatch, tmp_path):
    """In process: the suite may run as root, whom no permission stops."""
    from findbench.harness.errors import EngineError
    from findbench.harness.sandbox import endpoint, engine

    def denied(self, seconds=None):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(endpoint.Endpoint, "open", denied)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    with pytest.raises(EngineError, match="no permission on the engine's socket") as caught:
        engine.connect()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["file/r", "/proc/nowhere/r"])
def test_an_output_directory_that_cannot_be_written_is_one_line(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    done = findbench(*SMOKE, "--interpreter", "run_help:Prober", "--out", tmp_path / place)
    assert_one_line(done, "cannot write to", "--out")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_run_of_another_configuration_is_one_line_and_untouched(tmp_path):
    out = tmp_path / "r"
    first = findbench(*SMOKE, "--interpreter", "run_help:Prober", "--out", out)
    assert first.returncode == 0, first.stderr
    before = {path: path.read_bytes() for path in out.rglob("*.json")}
    done = findbench(*SMOKE, "--interpreter", "run_help:Prober", "--out", out, "--budget", "7")
    assert_one_line(done, "another configuration", "budget 1000 there, 7 now", "--out")
    assert {path: path.read_bytes() for path in out.rglob("*.json")} == before


@pytest.mark.parametrize("arguments", [("report",), ("show", "numeric/0000"), ("replay", "numeric/0000")])
def test_a_corrupt_record_is_one_line_and_untouched(tmp_path, arguments):
    with Run.open_for_writing(tmp_path, config(), VERSIONS) as run:
        run.save(record())
    path = run.episode_path("numeric/0000")
    os.truncate(path, 100)
    command, *rest = arguments
    assert_one_line(findbench(command, tmp_path, *rest), str(path), "is corrupt", "move it away")
    assert path.stat().st_size == 100


def test_an_episode_that_the_run_does_not_have_is_one_line(tmp_path):
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        pass
    assert_one_line(findbench("show", tmp_path, "numeric/0099"), "no episode 'numeric/0099'")
    assert_one_line(findbench("show", tmp_path, "numeric/0001"), "has not ended yet")
    assert_one_line(findbench("show", tmp_path, "../../etc/passwd"), "no episode")


def test_a_run_on_a_suite_that_has_changed_is_not_replayed(tmp_path):
    with Run.open_for_writing(tmp_path, config(suite_checksum="0" * 64), VERSIONS) as run:
        run.save(record())
    assert_one_line(findbench("replay", tmp_path, "numeric/0000"), "suite smoke has changed")
    shown = findbench("show", tmp_path, "numeric/0000")
    assert shown.returncode == 0
    assert "suite smoke has changed" in shown.stdout


def test_runs_on_different_suites_cannot_be_paired(tmp_path):
    for name, checksum in (("a", "0" * 64), ("b", "1" * 64)):
        with Run.open_for_writing(tmp_path / name, config(suite_checksum=checksum), VERSIONS) as run:
            run.save(record())
    assert_one_line(findbench("compare", tmp_path / "a", tmp_path / "b"), "different suites")
    assert_one_line(findbench("report", tmp_path / "a", tmp_path / "a"), "given twice")
