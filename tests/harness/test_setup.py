"""Set-up: the locks say all, the image holds only what it should, and a failing step says which, why and what to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tomllib
from io import BytesIO
from pathlib import Path

import docker
import pytest
from run_help import findbench

from findbench.harness.errors import EngineError
from findbench.harness.sandbox import engine, image, ownership
from findbench.harness.setup import base, cache, checkout, debian, gvisor, last_line

ROOT = Path(__file__).parents[2]
LOCKS = ["harness/requirements.lock", "sandbox_image/requirements.lock", "sandbox_image/installer.lock"]


def locked(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE))


# -- locks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://|file:|index-url|find-links", text)


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
    wanted += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    assert {re.split(r"[\[<>=!~; ]", name)[0].lower().replace("_", "-") for name in wanted} <= locked(LOCKS[0])


def test_no_deep_learning_framework_is_dragged_in() -> None:
    assert not locked(LOCKS[0]) & {"torch", "tensorflow", "jax", "triton", "transformers"}


# -- the image's identity ----------------------------------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the image is made of, that a test may change."""
    for source in image.INPUTS.values():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / source)
    monkeypatch.setattr(image, "PACKAGE", tmp_path)
    return tmp_path


@pytest.mark.parametrize("source", image.INPUTS.values())
def test_a_change_of_any_input_gives_another_tag(sources: Path, source: str) -> None:
    before = image.tag()
    assert image.tag() == before
    with (sources / source).open("a") as file:
        file.write("\n")
    assert image.tag() != before


def test_another_base_gives_another_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image.tag()
    monkeypatch.setenv(base.SETTING, "debian:bookworm")
    assert image.tag() != before


def test_a_damaged_installation_says_what_is_missing_and_what_to_do(sources: Path) -> None:
    (sources / "Dockerfile").unlink()
    with pytest.raises(EngineError, match=r"cannot read .*Dockerfile .*; .*install findbench again"):
        image.tag()


def test_the_build_context_is_the_same_whatever_modes_and_times_the_files_have(sources: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "a.whl").write_bytes(b"wheel")
    before = image.context(wheels)
    for path in [*sources.rglob("*.py"), wheels / "a.whl"]:
        path.chmod(0o600)
        os.utime(path, (1, 1))
    assert image.context(wheels) == before
    with tarfile.open(fileobj=BytesIO(before)) as tar:
        assert set(tar.getnames()) == {*image.INPUTS, "wheels/a.whl"}


# -- where caches lie --------------------------------------------------------------------------------------------------


def test_a_checkout_keeps_its_caches_itself() -> None:
    assert checkout() == ROOT
    assert cache() == ROOT / ".cache"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As from an installed wheel, with a home directory of the test's own, which is returned."""
    monkeypatch.setattr("findbench.harness.setup.PACKAGE", tmp_path / "site-packages" / "findbench")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return tmp_path / "home"


def test_an_installed_package_keeps_its_caches_in_the_home_directory(installed: Path) -> None:
    assert checkout() is None
    assert cache() == installed / ".cache" / "findbench"
    assert cache().is_dir()


def test_the_cache_directory_of_the_desktop_is_respected_unless_it_is_relative(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    assert cache() == tmp_path / "elsewhere" / "findbench"
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache() == installed / ".cache" / "findbench"


def test_a_cache_that_cannot_be_made_is_one_line_with_the_way_out(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.write_text("a file")
    with pytest.raises(EngineError, match=r"cannot make .*home.* \(.*\); .*set XDG_CACHE_HOME"):
        cache()
    monkeypatch.setattr(Path, "home", raise_runtime_error)
    with pytest.raises(EngineError, match="no home directory; set XDG_CACHE_HOME"):
        cache()


def raise_runtime_error() -> Path:
    raise RuntimeError("Could not determine home directory.")


# -- what is inside ----------------------------------------------------------------------------------------------------

LOOK = r"""
import json, os, stat, sys
import numpy, scipy.optimize
suid, writable, named, pip = [], [], [], []
for root, dirs, files in os.walk("/"):
    dirs[:] = [d for d in dirs if os.path.join(root, d) not in ("/proc", "/sys", "/dev", "/run/lab")]
    for name in files:
        path = os.path.join(root, name)
        info = os.lstat(path)
        if not stat.S_ISREG(info.st_mode):
            continue
        if info.st_mode & 0o6000:
            suid.append(path)
        if os.access(path, os.W_OK):
            writable.append(path)
        if "/pip/" in path or name.startswith("apt-get") or path.startswith("/var/cache/"):
            pip.append(path)
        if path.startswith("/lab/") and b"findbench" in open(path, "rb").read():
            named.append(path)
caches = [getattr(module, "__cached__", None) for module in list(sys.modules.values())]
print(json.dumps({"suid": suid, "writable": writable, "named": named, "pip": pip, "uid": os.getuid(),
    "numpy": numpy.__version__, "scipy": scipy.__version__, "python": sys.version_info[:2],
    "isolated": sys.flags.isolated, "lab": sorted(os.listdir("/lab")),
    "uncompiled": [cache for cache in caches if cache and not os.path.exists(cache)]}))
"""


@pytest.fixture(scope="module")
def inside() -> dict[str, object]:
    client = engine.connect()
    options = client.api.create_host_config(network_mode="none", read_only=True)
    made = client.api.create_container(
        image.current().tag,
        entrypoint=["/usr/bin/python3", "-I", "-c", LOOK],
        host_config=options,
        labels={ownership.OWNER_LABEL: ownership.owner_token()},
    )
    try:
        client.api.start(made["Id"])
        client.api.wait(made["Id"], timeout=60)
        output = client.api.logs(made["Id"])
    finally:
        client.api.remove_container(made["Id"], force=True)
    found: dict[str, object] = json.loads(output)
    return found


def test_the_image_has_the_locked_numpy_and_scipy_under_python_311(inside: dict[str, object]) -> None:
    versions = dict(re.findall(r"^(\w+)==(\S+)", (ROOT / LOCKS[1]).read_text(), re.MULTILINE))
    assert inside["numpy"] == versions["numpy"]
    assert inside["scipy"] == versions["scipy"]
    assert inside["python"] == [3, 11]
    assert inside["isolated"] == 1


def test_the_image_has_no_set_uid_file_and_its_user_can_write_no_file(inside: dict[str, object]) -> None:
    assert inside["suid"] == []
    assert inside["writable"] == []
    assert inside["uid"] not in (0, None)


def test_the_image_has_no_package_manager_and_no_cache(inside: dict[str, object]) -> None:
    assert inside["pip"] == []


def test_the_image_says_nothing_about_the_project(inside: dict[str, object]) -> None:
    assert inside["named"] == []
    assert inside["lab"] == ["__main__.py", "__pycache__", "sandbox_image"]
    attributes = engine.connect().images.get(image.current().tag).attrs
    config = {key: attributes["Config"][key] for key in ("Env", "Labels", "Entrypoint", "Cmd", "WorkingDir")}
    assert "findbench" not in json.dumps(config).lower()


def test_everything_that_numpy_and_scipy_import_is_compiled(inside: dict[str, object]) -> None:
    assert inside["uncompiled"] == []


def test_a_current_image_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = image.ensure()
    monkeypatch.setattr(docker.APIClient, "build", lambda *_, **__: pytest.fail("built again"))
    assert image.ensure() == first


# -- steps that fail ---------------------------------------------------------------------------------------------------


def test_an_unknown_step_names_the_known_ones() -> None:
    done = findbench("setup", "nonsense")
    assert done.returncode == 2
    assert "'nonsense' is not one of engine, image, gvisor" in done.stderr


def test_set_up_without_names_makes_sure_of_what_labs_need() -> None:
    done = findbench("setup")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"setup: container engine \S+ answers\nsetup: sandbox image findbench-sandbox:\w+ is ready\n", done.stderr
    )


def test_a_failing_step_says_which_why_and_what_to_do(tmp_path: Path) -> None:
    done = findbench("setup", "engine", DOCKER_HOST=f"unix://{tmp_path}/none")
    assert done.returncode == 2
    assert re.fullmatch(r"findbench: step `engine` failed: no container engine: .*findbench setup.*\n", done.stderr)


def test_a_base_image_that_cannot_be_pulled_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(base.SETTING, "127.0.0.1:1/nothing:here")
    with pytest.raises(EngineError, match=r"pulling 127\.0\.0\.1:1/nothing:here failed: \S.*"):
        base.ensure(engine.connect())


def test_a_registry_that_cannot_be_reached_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "REGISTRY", "http://127.0.0.1:1/v2/")
    assert not base.registry_answers()


def test_a_missing_program_without_root_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(EngineError, match=r"it (does|is) |apt-get install|package manager"):
        debian.install("some-package", binary="no-such-binary", purpose="does nothing")


def test_only_bookworm_main_of_debian_is_taken_from_the_hosts_sources() -> None:
    assert all(re.fullmatch(r"deb \S+ bookworm\S* main", line) for line in debian.bookworm_sources())


def test_the_last_line_that_says_something_is_quoted() -> None:
    assert last_line("one\n two \n\n") == "two"
    assert last_line("\n") == "no output"


# -- gVisor ------------------------------------------------------------------------------------------------------------


def test_a_runtime_is_added_and_what_the_configuration_held_stays(tmp_path: Path) -> None:
    configuration = tmp_path / "docker" / "daemon.json"
    gvisor.add_runtime(configuration, {"path": "/usr/bin/runsc"})
    settings = {"log-level": "warn", "runtimes": {"other": {"path": "/x"}}}
    configuration.write_text(json.dumps(settings))
    configuration.chmod(0o600)
    gvisor.add_runtime(configuration, {"path": "/usr/bin/runsc"})
    after = json.loads(configuration.read_text())
    assert after == {**settings, "runtimes": {"other": {"path": "/x"}, "runsc": {"path": "/usr/bin/runsc"}}}
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
    assert [path.name for path in configuration.parent.iterdir()] == ["daemon.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"runtimes": 3}'])
def test_a_broken_configuration_is_not_touched(tmp_path: Path, text: str) -> None:
    configuration = tmp_path / "daemon.json"
    configuration.write_text(text)
    with pytest.raises(EngineError, match="nothing was changed"):
        gvisor.add_runtime(configuration, {"path": "/usr/bin/runsc"})
    assert configuration.read_text() == text


@pytest.mark.parametrize(
    ("flags", "argument"),
    [
        ("  -fsgofer-host-uds\n    \tallow", "--fsgofer-host-uds"),
        ("  -host-uds value\n    \tcontrols", "--host-uds=open"),
    ],
)
def test_the_flag_for_host_sockets_is_the_one_that_this_runsc_knows(tmp_path: Path, flags: str, argument: str) -> None:
    runsc = tmp_path / "runsc"
    runsc.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{flags}\nEND\n")
    runsc.chmod(0o755)
    assert gvisor.host_sockets_argument(str(runsc)) == argument


# -- scripts and targets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shell", "script"), [("sh", "harness/setup/venv.sh"), ("sh", "sandbox_image/base.sh"), ("bash", ".ci/run")]
)
def test_scripts_parse_and_can_be_executed(shell: str, script: str) -> None:
    subprocess.run([shell, "-n", str(ROOT / script)], check=True)
    assert os.access(ROOT / script, os.X_OK)


def test_the_documented_targets_exist() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    text = (ROOT / "README.md").read_text() + "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    assert {f"  {target} " in listed for target in re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)`", text)} == {True}
