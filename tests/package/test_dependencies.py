"""The code imports what the package declares, and what only builds data or documents is loaded by nothing else."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CODE = ("functions", "harness", "sandbox_image", "tests/attacks")
BUILDING = ("functions/relations/rules/", "functions/numeric/pictures.py", "functions/numeric/training.py")
"""Where the extra `build` may be imported; the audit of data, a run and a report must never get there."""


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=!~; ]", requirement)[0]) for requirement in requirements}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(path: Path) -> Iterator[str]:
    """Top-level names of the modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def distributions() -> dict[str, set[str]]:
    """File of the code -> distributions outside the standard library that it imports."""
    providers = metadata.packages_distributions()
    found = {}
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            modules = set(imported(path)) - sys.stdlib_module_names - {"findbench"}
            found[str(path.relative_to(ROOT))] = {normal(providers[module][0]) for module in modules}
    return found


FOUND = distributions()


def test_every_import_is_declared_and_the_extra_serves_only_building() -> None:
    users, building = names(PROJECT["dependencies"]), names(PROJECT["optional-dependencies"]["build"])
    assert not users & building
    undeclared = {
        path: found - users - (building if path.startswith(BUILDING) else set()) for path, found in FOUND.items()
    }
    assert {path: found for path, found in undeclared.items() if found} == {}


def test_every_declared_dependency_is_used() -> None:
    declared = names(PROJECT["dependencies"]) | names(PROJECT["optional-dependencies"]["build"])
    run = {"pip"}  # `python -m pip download` fills the wheelhouse
    read = {"wordllama"}  # for its data files alone
    assert declared - set().union(*FOUND.values()) == run | read


def test_a_missing_extra_is_one_line_that_names_it(tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["sklearn"] = None  # as if it were not installed
from findbench.harness.cli import main
sys.argv = ["findbench", "suite", "make", "--seed", "1", "--numeric", "40", "--out", {str(tmp_path / "s.gz")!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'findbench[build]'" in done.stderr
    assert "Traceback" not in done.stderr
