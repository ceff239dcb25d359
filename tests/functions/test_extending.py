"""The examples of docs/extending.md, put into a copy of the package as the page says, and then used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from llm_server import LlmServer, Say, by_round

ROOT = Path(__file__).resolve().parents[2]
FILES = dict(
    re.findall(
        r"^```(?:python|text) (\S+)\n(.*?)^```", (ROOT / "docs" / "extending.md").read_text(), re.MULTILINE | re.DOTALL
    )
)
"""Path -> contents of every file that the page shows."""


class House:
    """A copy of the package in which anything may be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.package = path / "findbench"
        self.package.mkdir()
        shutil.copy(ROOT / "Dockerfile", self.package)
        for file in (ROOT / "src" / "findbench").iterdir():
            if file.is_file():
                shutil.copy(file, self.package)
        for folder in ("functions", "harness", "sandbox_image"):
            shutil.copytree(ROOT / folder, self.package / folder, ignore=shutil.ignore_patterns("__pycache__"))

    def add(self, *paths: str) -> None:
        """Put files of the page where it says."""
        for path in paths:
            file = self.package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(FILES[path])

    def python(self, *arguments: str) -> str:
        """Run Python on the copy; what it printed."""
        environment = os.environ | {"PYTHONPATH": str(self.path)}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def findbench(self, *arguments: str) -> str:
        """Run the command of the copy."""
        return self.python("-m", "findbench.harness.cli", *arguments)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_an_atom_is_one_file_and_passes_the_audit(house: House) -> None:
    house.add("functions/numeric/atoms/triangle.py")
    house.python("-c", FILES["checks/triangle.py"])
    generate = """
import numpy as np
from findbench.functions.numeric.generate import generate
print(*(spec.family for spec in generate(np.random.default_rng(2), 40)))
"""
    assert "triangle" in house.python("-c", generate)


def test_an_atom_reaches_the_scientist(house: House) -> None:
    house.add("functions/numeric/atoms/triangle.py")
    families = "from findbench.harness.interpreters.scientist.families import families\n" + (
        "print(*(family.atom.name() for family in families()))"
    )
    assert "triangle" in house.python("-c", families).split()


def test_a_string_operation_is_one_file_and_passes_the_audit(house: House) -> None:
    house.add("functions/strings/operations/enclose.py")
    check = """
from findbench.functions.audit import audit
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.spec import Step, StringsSpec
from findbench.functions.suites.suite import Suite, canonical_line
settings = OPERATIONS["enclose_vowels"].settings()
specs = [StringsSpec(steps=(Step(operation="enclose_vowels", parameters=chosen),)) for chosen in settings]
suite = Suite("enclosed", 1, 1, {"strings": [canonical_line(spec) for spec in specs]})
assert len(suite) == 3
assert suite["strings/0000"].target(["Oslo"]) == ["*O*sl*o*"]
report = audit(suite)
assert report.failures == [], report.failures
"""
    house.python("-c", check)


def test_a_relation_is_one_file_whose_facts_are_built_and_passes_the_audit(house: House) -> None:
    house.add("functions/relations/rules/greek.py")
    house.python("-m", "findbench.functions.relations.build")
    check = """
from findbench.functions.audit import audit
from findbench.functions.relations.function import RelationsSpec
from findbench.functions.relations.tables import table
from findbench.functions.suites.builtin import load_suite
from findbench.functions.suites.suite import Suite, canonical_line
facts = table("Greek letter to character")
assert len(facts.pairs) == 24 and "names of Greek vowels" in facts.subdomains
specs = [RelationsSpec(relation=facts.name, excluded=e, facts=facts.checksum) for e in (None, "names of Greek vowels")]
suite = Suite("greek", 1, 1, {"relations": [canonical_line(spec) for spec in specs]})
assert suite["relations/0001"].target(["Beta", "omega"]) == ["β", "undefined"]
report = audit(suite)
assert report.failures == [], report.failures
smoke = load_suite("smoke")
assert all(smoke[key].target(["anything"]) for key in smoke.ids("relations"))  # their facts are what they were
"""
    house.python("-c", check)


def test_a_category_is_one_package_and_one_line_and_everything_knows_it(house: House) -> None:
    package = [path for path in FILES if path.startswith("functions/weights/")]
    assert len(package) == 3
    house.add(*package)
    (house.package / "functions" / "weights" / "__init__.py").write_text('"""Weighted sums."""\n')
    table = house.package / "functions" / "categories.py"
    last = '    "relations": "findbench.functions.relations.category:CATEGORY",\n'
    line = FILES["functions/categories.py"]
    assert line.count("\n") == 1
    table.write_text(table.read_text().replace(last, last + line))

    house.findbench("suite", "make", "--seed", "3", "--weights", "3", "--numeric", "1", "--out", "mine.suite")
    assert "0 failures" in house.findbench("audit", "mine.suite")
    told = "from findbench.harness.interpreters.prompts import Prompts\nprint(Prompts()('category_weights'))"
    assert house.python("-c", told) == FILES["functions/weights/prompts/category.txt"]
    score = """
import numpy as np
from findbench.functions.suites.builtin import load_suite
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.schema.brief import Interpretation
from findbench.harness.scoring.scorer import score_episode
function = load_suite("mine.suite")["weights/0000"]
mutant = function.mutants(np.random.default_rng(0), 1)[0]
submitted = [Interpretation(code=f.reference_code) for f in (function, mutant)]
true, near = (score_episode(function, each, seed=1, open_runner=CodeRunner) for each in submitted)
assert true.pass_ and true.global_ == 1.0, true
assert near.pass_ is False, near
assert true.find_match is None and true.find_nmse is None
"""
    house.python("-c", score)
    house.findbench("run", "mine.suite", "--category", "weights", "--interpreter", "constant", "--out", "run")
    assert re.search(r"^weights", house.findbench("report", "run"), re.MULTILINE)
    assert "## Weights" in house.python("-c", "from findbench.functions.docs import render; print(render())")


def test_a_judge_is_one_module_and_one_line_and_every_report_shows_it(house: House) -> None:
    house.add("harness/scoring/judges/agreement.py")
    table = house.package / "harness" / "scoring" / "judges" / "table.py"
    line = FILES["harness/scoring/judges/table.py"]
    assert line.count("\n") == 1
    before = table.read_text()
    table.write_text(before.replace('    "prediction":', f'{line}    "prediction":'))
    assert table.read_text() != before

    house.findbench("run", "smoke", "--ids", "numeric/0000", "--interpreter", "line", "--out", "run")
    with LlmServer(by_round([Say("Yes")])) as server:
        judge = ("--judge", "agreement", "--judge-model", "m", "--judge-base-url", server.url)
        told = house.findbench("score", "run", *judge)
        assert "1 description judged" in told
        assert re.search(r"^variant .*\bagrees\b", told, re.MULTILINE)
        asked = server.count
        assert "0 descriptions judged" in house.findbench("score", "run", *judge)
        assert server.count == asked + 1, "known texts and descriptions are not asked again: only whether it serves"
    record = json.loads((house.path / "run" / "episodes" / "numeric" / "0000.json").read_text())
    assert record["score"]["judged"] == {"agreement": {"share": 1.0, "model": "m"}}
    (data,) = json.loads(house.findbench("report", "run", "--json"))
    assert data["rows"][0]["figures"]["agreement"]["mean"] == 1.0
    assert [each["judge"] for each in data["judges"]] == ["agreement"]
    house.findbench("report", "run", "--html")
    (page,) = (house.path / "run").glob("*.html")
    assert "<th>agrees</th>" in page.read_text()
    assert "agrees: 1" in house.findbench("show", "run", "numeric/0000")
    shutil.copytree(house.path / "run", house.path / "same")
    assert re.search(r"^ +agrees +100", house.findbench("compare", "run", "same"), re.MULTILINE)
    assert "to compare with the truth (agreement)" in " ".join(house.findbench("score", "--help").split())


def test_the_built_in_suites_do_not_change_with_a_further_category(house: House) -> None:
    table = house.package / "functions" / "categories.py"
    last = '    "relations": "findbench.functions.relations.category:CATEGORY",\n'
    table.write_text(table.read_text().replace(last, last + FILES["functions/categories.py"]))
    made = """
from findbench.functions.suites.builtin import BUILTIN, load_suite
from findbench.functions.suites.make import make_suite
smoke = make_suite("smoke", BUILTIN["smoke"].seed, BUILTIN["smoke"].counts)
assert smoke.checksum == load_suite("smoke").checksum
"""
    house.python("-c", made)
