"""Bad input: one line that says what, why and what to do; exit code 2; nothing overwritten."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from run_help import IDS, VERSIONS, config, findbench, record

from findbench.functions.suites.suite import Suite
from findbench.harness.records import Run
from findbench.harness.schema.score import Score

SMOKE = ("run", "smoke", "--category", "numeric", "--functions", "1")


def assert_one_line(done: subprocess.CompletedProcess[str], *parts: str) -> None:
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
        (("run", "smok", "--interpreter", "line"), ["no suite 'smok'", "Did you mean 'smoke'?"]),
        ((*SMOKE, "--interpreter", "genius"), ["no interpreter 'genius'", "module:Class"]),
        ((*SMOKE, "--interpreter", "lin"), ["did you mean 'line'?"]),
        ((*SMOKE, "--interpreter", "no_such_module:Thing"), ["cannot load interpreter"]),
        ((*SMOKE, "--interpreter", "run_help:Nothing"), ["cannot load interpreter"]),
        ((*SMOKE, "--interpreter", "run_help:FakeLab"), ["is not an interpreter"]),
        ((*SMOKE, "--interpreter", "json:loads"), ["cannot make interpreter 'json:loads'"]),
        (("run", "smoke", "--ids", "numeric/9999", "--interpreter", "line"), ["numeric/9999", "suite ls"]),
        ((*SMOKE, "--interpreter", "aia"), ["needs a language model", "--model"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "m"), ["OPENAI_API_KEY"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", "ftp://x"), ["--base-url"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", "http://["), ["--base-url 'http://['"]),
        (
            (*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", "http://h:p/v1"),
            ["--base-url 'http://h:p/v1'"],
        ),
        ((*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", "http://u:p@h/v1"), ["OPENAI_API_KEY"]),
        ((*SMOKE, "--interpreter", "aia", "--model", "\udcff"), ["--model"]),
        ((*SMOKE, "--interpreter", "run_help:Prober", "--memory-mib", "1"), ["--memory-mib", "1 is not", "64"]),
        ((*SMOKE, "--interpreter", "run_help:Prober", "--cpus", "nan"), ["--cpus nan"]),
        ((*SMOKE, "--interpreter", "run_help:Prober", "--runtime", "nosuch"), ["runtime", "nosuch"]),
        (("report", "nosuch-run"), ["is not a run directory"]),
        (("show", "nosuch-run", "numeric/0000"), ["is not a run directory"]),
        (("compare", "nosuch-run", "nosuch-run"), ["is not a run directory"]),
        (("suite", "show", "numeric/00000", "--suite", "smoke"), ["Did you mean 'numeric/0000'?"]),
        (("repotr", "nosuch-run"), ["No such command 'repotr'", "Did you mean", "'report'"]),
        (("report", "--jsn", "nosuch-run"), ["No such option", "--json", "`findbench report --help`"]),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, arguments: tuple[str, ...], parts: list[str]) -> None:
    assert_one_line(findbench(*arguments, cwd=tmp_path), *parts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--ids", ""), ["--ids names no function"]),
        (("--ids", ",,"), ["--ids names no function"]),
        (("--ids", "numeric/0001", "--category", "strings"), ["--ids numeric/0001", "--category strings"]),
        (("--ids", "numeric/0001", "--functions", "2"), ["--ids", "--functions"]),
        (("--category", "numerc"), ["--category", "Did you mean 'numeric'?"]),
        (("--judge", "prediction"), ["--judge needs --judge-model"]),
        (("--judge-base-url", "http://127.0.0.1:1"), ["--judge-base-url needs --judge-model"]),
        (("--model", "m"), ["'line' uses no language model: leave out --model"]),
        (("--model", "m", "--base-url", "http://127.0.0.1:1"), ["'line' uses no language model"]),
        (("--temperature", "0"), ["'line' uses no language model: leave out --temperature"]),
        (("--max-cost", "1"), ["leave out --max-cost"]),
        (("--prices", "p.json"), ["leave out --prices"]),
        (("--base-url", "http://127.0.0.1:1"), ["leave out --base-url"]),
        (("--retries", "8"), ["leave out --retries"]),
        (("--no-code",), ["leave out --code/--no-code"]),
        (("--judge-model", "m", "--retries", "1", "--temperature", "0"), ["leave out --temperature"]),
    ],
)
def test_options_that_name_nothing_or_contradict_each_other_run_nothing(
    tmp_path: Path, options: tuple[str, ...], parts: list[str]
) -> None:
    assert_one_line(findbench("run", "smoke", "--interpreter", "line", *options, cwd=tmp_path), *parts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interpreter", ["aia", "mine:Mine"])
@pytest.mark.parametrize("option", ["--temperature", "--max-cost", "--rpm"])
def test_an_option_of_a_language_model_needs_one(tmp_path: Path, interpreter: str, option: str) -> None:
    done = findbench("run", "smoke", "--interpreter", interpreter, option, "1", cwd=tmp_path)
    assert_one_line(done, f"{option} needs --model")
    assert list(tmp_path.iterdir()) == []


def test_an_option_of_the_judges_model_needs_one(tmp_path: Path) -> None:
    assert_one_line(findbench("score", tmp_path, "--retries", "8"), "--retries needs --judge-model")


def test_a_server_in_the_environment_does_not_count_as_an_option(tmp_path: Path) -> None:
    done = findbench(
        *(*SMOKE, "--interpreter", "nothing", "--out", tmp_path / "r"), OPENAI_BASE_URL="http://127.0.0.1:1"
    )
    assert done.returncode == 0, done.stderr


def test_a_function_that_a_suite_file_describes_wrongly_is_one_line(tmp_path: Path) -> None:
    """The checksum of the file is right: it was made so, or by a newer version."""
    path = tmp_path / "odd.suite"
    Suite("odd", 1, 1, {"numeric": ['{"terms":[{"atom":"no such atom"}]}']}).save(path)
    done = findbench("run", path, "--interpreter", "line", cwd=tmp_path)
    assert_one_line(done, "numeric/0000 is not a valid numeric function")


def test_a_server_that_refuses_the_connection_stops_the_run_with_one_line(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        done = findbench(
            *(*SMOKE, "--interpreter", "aia", "--model", "m", "--base-url", url, "--retries", "0"),
            *("--out", tmp_path / "r"),
        )
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("findbench: ")]
    assert [url.removesuffix("/v1") in line for line in told] == [True], done.stderr


def test_no_engine_is_one_line(tmp_path: Path) -> None:
    done = findbench(
        *(*SMOKE, "--interpreter", "run_help:Prober", "--out", tmp_path / "r"),
        DOCKER_HOST=f"unix://{tmp_path}/nothing.sock",
    )
    assert_one_line(done, "no container engine", "findbench setup")
    assert not (tmp_path / "r").exists()


def test_an_engine_on_another_machine_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = findbench(
        *(*SMOKE, "--interpreter", "run_help:Prober", "--out", tmp_path / "r"), DOCKER_HOST="tcp://127.0.0.1:9"
    )
    assert_one_line(done, "tcp://127.0.0.1:9", "correct DOCKER_HOST")


def test_no_permission_on_the_engines_socket_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In process: the suite may run as root, whom no permission stops."""
    from findbench.harness.errors import EngineError
    from findbench.harness.sandbox import endpoint, engine

    def denied(endpoint: endpoint.Endpoint, seconds: float | None = None) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(endpoint.Endpoint, "open", denied)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    with pytest.raises(EngineError, match="no permission on the engine's socket") as caught:
        engine.connect()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["file/r", "/proc/nowhere/r"])
def test_an_output_directory_that_cannot_be_written_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    done = findbench(*SMOKE, "--interpreter", "run_help:Prober", "--out", tmp_path / place)
    assert_one_line(done, "cannot write to", "--out")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_run_of_another_configuration_is_one_line_and_untouched(tmp_path: Path) -> None:
    out = tmp_path / "r"
    first = findbench(*SMOKE, "--interpreter", "run_help:Prober", "--out", out)
    assert first.returncode == 0, first.stderr
    before = {path: path.read_bytes() for path in out.rglob("*.json")}
    done = findbench(*SMOKE, "--interpreter", "run_help:Prober", "--out", out, "--budget", "7")
    assert_one_line(done, "another configuration", "budget not given there, 7 now", "--out")
    assert {path: path.read_bytes() for path in out.rglob("*.json")} == before


@pytest.mark.parametrize("arguments", [("show", "numeric/0000"), ("replay", "numeric/0000")])
def test_a_corrupt_record_is_one_line_and_untouched(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = corrupt(tmp_path)
    command, *rest = arguments
    assert_one_line(findbench(command, tmp_path, *rest), str(path), "is corrupt", "move it away")
    assert path.stat().st_size == 100


def corrupt(out: Path) -> Path:
    with Run.open_for_writing(out, config(), VERSIONS) as run:
        for id_ in IDS:
            run.save(record(id_))
    path = run.episode_path("numeric/0000")
    os.truncate(path, 100)
    return path


def test_a_report_and_a_comparison_go_on_without_a_corrupt_record_and_say_so(tmp_path: Path) -> None:
    path = corrupt(tmp_path / "a")
    corrupt(tmp_path / "b")
    report = findbench("report", tmp_path / "a", "--html")
    assert "2 functions, 2 episodes" in report.stdout
    assert (tmp_path / "a" / "report.html").exists()
    data = json.loads(findbench("report", tmp_path / "a", "--json").stdout)
    assert [str(path) in problem for problem in data[0]["problems"]] == [True]
    assert report.returncode == 1
    assert report.stderr.startswith(f"findbench: left out: {path} is corrupt")
    assert report.stderr.count("\n") == 1
    assert path.stat().st_size == 100
    scored = [record(id_, score=Score(global_=1.0)) for id_ in IDS]
    for name in "ab":
        run = Run(tmp_path / name)
        for each in scored[1:]:
            run.save(each)
    compared = findbench("compare", tmp_path / "a", tmp_path / "b")
    assert compared.returncode == 1
    assert "Paired: 2 functions" in compared.stdout
    assert compared.stderr.count("left out") == 2


def test_an_episode_that_the_run_does_not_have_is_one_line(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        pass
    assert_one_line(findbench("show", tmp_path, "numeric/0099"), "no episode 'numeric/0099'")
    assert_one_line(findbench("show", tmp_path, "numeric/0001"), "has not ended yet")
    assert_one_line(findbench("show", tmp_path, "../../etc/passwd"), "no episode")


def test_a_run_on_a_suite_that_has_changed_is_not_replayed(tmp_path: Path) -> None:
    with Run.open_for_writing(tmp_path, config(suite_checksum="0" * 64), VERSIONS) as run:
        run.save(record())
    assert_one_line(findbench("replay", tmp_path, "numeric/0000"), "suite smoke has changed")
    shown = findbench("show", tmp_path, "numeric/0000")
    assert shown.returncode == 0
    assert "suite smoke has changed" in shown.stdout


def test_runs_on_different_suites_cannot_be_paired(tmp_path: Path) -> None:
    for name, checksum in (("a", "0" * 64), ("b", "1" * 64)):
        with Run.open_for_writing(tmp_path / name, config(suite_checksum=checksum), VERSIONS) as run:
            run.save(record())
    assert_one_line(findbench("compare", tmp_path / "a", tmp_path / "b"), "different suites")
    assert_one_line(findbench("report", tmp_path / "a", tmp_path / "a"), "given twice")
