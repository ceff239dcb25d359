"""The documents beside the code say what is true: versions, licence, links, and the files that they name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCUMENTS = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")


def test_the_citation_and_the_changelog_know_the_version() -> None:
    version = PROJECT["version"]
    assert re.findall(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE) == [version]
    final = version.partition(".dev")[0]
    heading = rf"^## \[Unreleased\] \({final}\)$" if ".dev" in version else rf"^## \[{final}\] - \d{{4}}-\d\d-\d\d$"
    assert re.search(heading, (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text()
    assert "license: Apache-2.0\n" in (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_path_that_the_guide_for_contributors_names_exists() -> None:
    paths = re.findall(
        r"`((?:functions|harness|sandbox_image|src|tests)/[^` ]*)`", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []
