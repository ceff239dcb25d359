"""The generated page of the function space is current, and so are its pictures."""

import re
from pathlib import Path

import pytest

from findbench.functions.docs import DOCS, main, render
from findbench.functions.numeric.pictures import draw_atoms, draw_variants, example_specs


def test_the_page_is_what_the_code_generates() -> None:
    assert (DOCS / "functions.md").read_text(encoding="utf-8") == render(), "run `python -m findbench.functions.docs`"


def test_the_pages_pictures_exist_and_can_be_drawn_again(tmp_path: Path) -> None:
    named = re.findall(r"\]\((pictures/[^)]+)\)", (DOCS / "functions.md").read_text(encoding="utf-8"))
    assert len(named) == 2
    assert all((DOCS / name).stat().st_size > 10_000 for name in named)
    draw_atoms(tmp_path / "atoms.png")
    draw_variants(tmp_path / "variants.png", example_specs())
    assert (tmp_path / "atoms.png").stat().st_size > 10_000


def test_the_generator_of_the_page_writes_page_and_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("findbench.functions.docs.DOCS", tmp_path)
    main()
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["atoms.png", "functions.md", "variants.png"]
