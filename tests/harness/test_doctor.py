"""`findbench doctor` and `findbench image`: ok, FAIL with the fix, or SKIP, exit codes, and no secret ever shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from findbench.harness import selfcheck
from findbench.harness.commands.doctor import doctor
from findbench.harness.commands.image import image
from findbench.harness.sandbox import engine
from findbench.harness.sandbox import image as builder


def test_a_ready_machine_is_healthy_and_every_check_says_what_it_found() -> None:
    builder.current()
    result = CliRunner().invoke(doctor, ["--json"])
    assert result.exit_code == 0, result.output
    checks = {check["name"]: check for check in json.loads(result.output)}
    assert all(check["found"] for check in checks.values())
    assert all(check["ok"] for check in checks.values() if check["needed"])
    assert all(bool(check["fix"]) != check["ok"] for check in checks.values())
    assert {"Python", "container engine", "sandbox image", "disk space", "leftovers"} <= set(checks)


def test_the_table_has_one_line_a_check() -> None:
    lines = [line for line in CliRunner().invoke(doctor).output.splitlines() if not line.startswith(" ")]
    assert all(line.split()[0] in ("ok", "FAIL", "SKIP") for line in lines)
    assert any("container engine" in line for line in lines)


def test_without_an_engine_the_doctor_names_the_fix_and_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    result = CliRunner().invoke(doctor)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    (line,) = [line for line in lines if "container engine" in line]
    assert line.startswith("FAIL")
    assert "findbench setup" in lines[lines.index(line) + 1]


def test_a_stale_image_is_not_ok_and_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "tag", lambda: "findbench-sandbox:000000000000")
    result = CliRunner().invoke(doctor, ["--json"])
    assert result.exit_code == 1
    (check,) = [check for check in json.loads(result.output) if check["name"] == "sandbox image"]
    assert check["fix"] == "findbench image build"
    assert builder.digest(engine.connect(), builder.tag()) is None


def test_a_key_is_seen_but_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    for arguments in ([], ["--json"]):
        result = CliRunner().invoke(doctor, arguments)
        assert "OPENAI_API_KEY" in result.output
        assert "secret" not in result.output


def test_a_missing_key_is_skipped_and_does_not_stop_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    result = CliRunner().invoke(doctor)
    assert result.exit_code == 0
    assert re.search("^SKIP  OPENAI_API_KEY +not set$", result.output, re.MULTILINE)


def test_the_images_identity_is_the_same_for_people_and_programs() -> None:
    found = json.loads(CliRunner().invoke(image, ["id", "--json"]).output)
    assert found == builder.current()._asdict()
    assert CliRunner().invoke(image, ["id"]).output == f"{found['tag']} {found['digest']}\n"
    assert CliRunner().invoke(image, ["build"]).output == f"{found['tag']} {found['digest']}\n"


def test_a_deep_look_checks_labs_from_inside() -> None:
    result = CliRunner().invoke(doctor, ["--deep", "--json"])
    assert result.exit_code == 0, result.output
    checks = {check["name"]: check for check in json.loads(result.output)}
    assert "checks passed" in checks["labs on runc"]["found"]
    assert checks["labs on runc"]["ok"]


def test_what_a_kernel_lacks_is_named_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [selfcheck.Check("reads the image only", ok=False, optional=True), selfcheck.Check("not root", ok=True)]
    monkeypatch.setattr(selfcheck, "self_check", lambda runtime, transport: lacking)
    result = CliRunner().invoke(doctor, ["--deep"])
    assert result.exit_code == 0
    assert re.search(r"1 of 2 checks passed over \w+; its kernel lacks: reads the image only", result.output)


def test_a_lab_that_fails_a_check_is_not_ok_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = [selfcheck.Check("no network", ok=False, detail="reached"), selfcheck.Check("not root", ok=True)]
    monkeypatch.setattr(selfcheck, "self_check", lambda runtime, transport: failed)
    result = CliRunner().invoke(doctor, ["--deep"])
    assert result.exit_code == 1
    assert re.search(r"1 of 2 checks passed over \w+; failed: no network \(reached\)", result.output)
