"""`findbench suite` and `findbench audit` from the outside."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from findbench.functions.numeric.spec import NumericSpec
from findbench.functions.suites.builtin import load_suite
from findbench.functions.suites.suite import Suite
from findbench.harness.cli import cli
from findbench.harness.errors import UsageError


def call(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_ls_lists_the_built_in_suites_with_their_sizes() -> None:
    rows = {row["name"]: row for row in json.loads(call("suite", "ls", "--json"))}
    assert list(rows) == ["find", "mini", "smoke"]
    assert [rows["find"][c] for c in ("numeric", "strings", "entities", "relations")] == [1000, 1000, 200, 75]
    assert rows["find"]["functions"] == 2275
    assert rows["mini"]["checksum"] == load_suite("mini").checksum
    assert "2275" in call("suite", "ls")


def test_ls_of_a_suite_lists_its_functions() -> None:
    rows = json.loads(call("suite", "ls", "smoke", "--json"))
    assert [row["id"] for row in rows] == list(load_suite("smoke"))
    assert {"id", "family", "tags"} == set(rows[0])
    assert "numeric/0001" in call("suite", "ls", "smoke")


def test_show_prints_the_ground_truth() -> None:
    function = load_suite("smoke")["numeric/0000"]
    text = call("suite", "show", "numeric/0000", "--suite", "smoke")
    assert function.description in text
    assert function.reference_code in text
    data = json.loads(call("suite", "show", "numeric/0000", "--suite", "smoke", "--json"))
    assert NumericSpec.model_validate(data["spec"]) == function.spec


def test_make_writes_the_same_suite_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("a.suite", "b.suite"):
        text = call("suite", "make", "--seed", "8", "--numeric", "3", "--name", "x", "--out", str(tmp_path / name))
        assert load_suite(tmp_path / name).checksum in text
    assert (tmp_path / "a.suite").read_bytes() == (tmp_path / "b.suite").read_bytes()
    report = json.loads(call("audit", str(tmp_path / "a.suite"), "--json"))
    assert report["failures"] == []
    assert report["counts"]["numeric"]["total"] == 3
    assert "3 functions" in call("audit", str(tmp_path / "a.suite"))


def test_audit_of_an_unsound_suite_exits_with_one(tmp_path: Path) -> None:
    line = NumericSpec.model_validate({"terms": [{"atom": "linear", "slope": 2.0, "intercept": 1.0}]}).model_dump_json()
    Suite("bad", 0, 1, {"numeric": [line, line]}).save(tmp_path / "bad.suite")
    text = call("audit", str(tmp_path / "bad.suite"), code=1)
    assert "numeric/0000: duplicates: equal to numeric/0001" in text
    assert json.loads(call("audit", str(tmp_path / "bad.suite"), "--json", code=1))["failures"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("suite", "ls", "nothing"),
        ("suite", "show", "numeric/9999", "--suite", "smoke"),
        ("suite", "make", "--seed", "1", "--out", "x.suite"),
        ("suite", "make", "--seed", "1", "--numeric", "1", "--out", "no/such/directory/x.suite"),
        ("audit", "nothing"),
    ],
)
def test_expected_errors_are_one_line(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert "\n" not in str(caught.value)
