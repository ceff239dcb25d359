"""The wheel alone, in an environment and a directory of its own, among a person's files of hostile names."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

from findbench.harness.sandbox import image

ROOT = Path(__file__).parents[2]
LARGEST_MB = 400
"""What a user's environment may take on disk, compiled, with pip."""
HOSTILE = ("functions.py", "harness.py", "wire.py", "sandbox_image/__init__.py", "tests/conftest.py", "conftest.py")
"""What a person may have beside a script; each fails loudly when anything imports it."""
BOOM = 'raise RuntimeError("a file of the person\'s own was imported")\n'
SCRIPT = """
import functions  # the person's own

import findbench as fb

assert functions.MINE == 1
function = fb.load_suite("smoke")["numeric/0000"]
with fb.Lab(function, budget=100) as lab:
    print(lab.run("print(len([f(x) for x in range(5)]))").stdout, lab.remaining)
"""
TYPED_SCRIPT = """
import findbench as fb

function: fb.Function = fb.load_suite("smoke")["numeric/0000"]
limits = fb.Limits(memory_mib=256)


class Mine:
    name = "mine"

    def interpret(self, lab: fb.LabLike, brief: fb.Brief) -> fb.Interpretation:
        result: fb.Result = lab.run("print(f(1))", seconds=2.0)
        return fb.Interpretation(description=result.stdout, code="def predict(x):\\n    return 0.0\\n")


interpreter: fb.Interpreter = Mine()
with fb.Lab(function, budget=10, limits=limits) as lab:
    reveal_type(lab.run("print(f(1))").queries)
try:
    fb.load_suite("none")
except fb.errors.FindbenchError as error:
    reveal_type(str(error))
"""


class Installed(NamedTuple):
    """The distributions, and an environment with the wheel and what it depends on, nothing else."""

    dist: Path
    environment: Path

    @property
    def wheel(self) -> Path:
        return next(self.dist.glob("*.whl"))

    @property
    def site(self) -> Path:
        return next(self.environment.glob("lib/python3*/site-packages"))


def build(source: Path, out: Path, *targets: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    command += [part for target in targets for part in ("-t", target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Installed:
    """Made once, whatever the number of workers."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    found = Installed(shared / "dist", shared / "environment")
    with FileLock(shared / "environment.lock"):
        if not (shared / "installed").exists():
            build(ROOT, found.dist, "sdist", "wheel")
            install(found)
            (shared / "installed").touch()
    return found


def install(found: Installed) -> None:
    """As a person does, with the locked versions."""
    locked = re.findall(r"^\S+==\S+(?: ; .*?)?(?= \\$)", (ROOT / "harness/requirements.lock").read_text(), re.MULTILINE)
    constraints = found.dist / "constraints.txt"
    constraints.write_text("\n".join(locked))
    subprocess.run([sys.executable, "-m", "venv", str(found.environment)], check=True)
    pip = [str(found.environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    done = subprocess.run([*pip, "-c", str(constraints), str(found.wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with hostile files, inside somebody's git repository with test settings of its own."""
    for name in HOSTILE:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(BOOM)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    commit = ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "--message", "mine")
    subprocess.run(["git", "-C", str(tmp_path), *commit], check=True)
    return tmp_path


def call(installed: Installed, here: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of the environment, with a home directory of its own and no variable of this session's Python."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "COVERAGE"))}
    path = f"{installed.environment / 'bin'}:{os.environ['PATH']}"
    changes = {"HOME": str(here / "home"), "PATH": path, "COLUMNS": "200", "VIRTUAL_ENV": str(installed.environment)}
    return subprocess.run(
        [str(installed.environment / "bin" / program), *arguments],
        capture_output=True,
        text=True,
        cwd=here,
        env=kept | changes,
        timeout=240,
    )


def findbench(installed: Installed, here: Path, *arguments: str) -> str:
    """Standard output of a command that succeeds."""
    done = call(installed, here, "findbench", *arguments)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


# -- what is in it -----------------------------------------------------------------------------------------------------


def test_the_wheel_from_the_sdist_is_the_wheel_from_the_checkout_to_the_byte(
    installed: Installed, tmp_path: Path
) -> None:
    with tarfile.open(next(installed.dist.glob("*.tar.gz"))) as sdist:
        assert [member.name for member in sdist if not member.isfile()] == []  # no links, which some systems lack
        sdist.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    build(source, tmp_path / "again", "wheel")
    assert next((tmp_path / "again").glob("*.whl")).read_bytes() == installed.wheel.read_bytes()


def test_the_wheel_installs_one_top_level_name(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {name.partition("/")[0] for name in wheel.namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"findbench"}
    assert len(names) == 2


def test_every_file_of_the_code_is_in_the_wheel(installed: Installed) -> None:
    of_the_checkout = {"harness/setup/venv.sh", "harness/requirements.lock", "harness/bench/peers.lock"}
    command = ["git", "-C", str(ROOT), "ls-files", "--", "functions", "harness", "sandbox_image", "tests/attacks"]
    tracked = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    wanted = {name.removeprefix("tests/") for name in tracked if (ROOT / name).exists()} - of_the_checkout
    wanted |= {"__init__.py", "errors.py", "py.typed", "Dockerfile"}
    with zipfile.ZipFile(installed.wheel) as wheel:
        found = {name.removeprefix("findbench/") for name in wheel.namelist() if name.startswith("findbench/")}
    assert found == wanted


def test_a_users_environment_is_small(installed: Installed) -> None:
    files = [path for path in installed.site.rglob("*") if path.is_file() and not path.is_symlink()]
    megabytes = sum(path.stat().st_blocks * 512 for path in files) / 2**20
    assert megabytes <= LARGEST_MB


# -- what it does ------------------------------------------------------------------------------------------------------


def test_the_installed_package_makes_the_same_image_from_the_same_bytes(installed: Installed, here: Path) -> None:
    program = """
import hashlib
from pathlib import Path
from findbench.harness.sandbox import image
from findbench.harness.versions import commit
wheels = image.wheelhouse()
print(wheels, commit(), hashlib.sha256(image.context(Path("nowhere"))).hexdigest())
"""
    done = call(installed, here, "python", "-P", "-c", program)
    assert done.returncode == 0, done.stderr
    wheels, commit, context = done.stdout.split()
    assert Path(wheels).parent == here / "home" / ".cache" / "findbench"
    assert len(list(Path(wheels).glob("*.whl"))) == 3
    assert commit == "unknown"  # the repository around is not findbench's
    assert context == hashlib.sha256(image.context(Path("nowhere"))).hexdigest()
    found = json.loads(findbench(installed, here, "image", "id", "--json"))
    assert found == image.current()._asdict()
    assert findbench(installed, here, "image", "build").split() == list(image.current())


def test_set_up_makes_the_machine_ready_and_the_doctor_says_so(installed: Installed, here: Path) -> None:
    assert findbench(installed, here, "setup") == ""
    assert "sandbox image" in findbench(installed, here, "doctor")


def test_a_run_is_played_reported_and_audited(installed: Installed, here: Path) -> None:
    findbench(installed, here, "run", "smoke", "--interpreter", "scientist", "--out", "runs/first")
    assert "scientist" in findbench(installed, here, "report", "runs/first", "--html")
    assert (here / "runs/first/report.html").exists()
    findbench(installed, here, "audit", "smoke")


def test_attacks_run_from_the_installed_package(installed: Installed, here: Path) -> None:
    names = ("A1", "A10", "B2", "B4", "C8", "D7")
    options = [part for name in names for part in ("--attack", name)]
    found = json.loads(findbench(installed, here, "attack", "--json", *options))
    assert {name: entry["failed"] for name, entry in found["attacks"].items()} == {name: [] for name in names}
    assert found["counts"].keys() == {"blocked", "neutralised"}


def test_pytest_finds_the_installed_attacks_by_name(installed: Installed, tmp_path: Path) -> None:
    arguments = ("-p", "no:cacheprovider", "-c", "/dev/null", "--collect-only", "-q", "--pyargs", "findbench.attacks")
    done = call(installed, tmp_path, "pytest", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    here_too = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", str(ROOT / "tests" / "attacks")],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert names_of(done.stdout) == names_of(here_too.stdout) != set()


def names_of(collected: str) -> set[str]:
    return {line.rpartition("/")[2] for line in collected.splitlines() if "::" in line}


def test_a_script_beside_files_of_any_name_uses_the_library(installed: Installed, here: Path) -> None:
    (here / "functions.py").write_text("MINE = 1\n")
    (here / "script.py").write_text(SCRIPT)
    done = call(installed, here, "python", "script.py")
    assert done.stdout.split() == ["5", "95"], done.stderr


def test_a_users_script_type_checks_strictly_against_the_installed_package(installed: Installed, here: Path) -> None:
    (here / "typed.py").write_text(TYPED_SCRIPT)
    environment = str(installed.environment / "bin" / "python")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--python-executable", environment]
    done = subprocess.run([*command, "typed.py"], capture_output=True, text=True, cwd=here)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r'Revealed type is "(?:builtins\.)?(\w+)"', done.stdout) == ["int", "str"]
