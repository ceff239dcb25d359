"""Prompts: every one can be said, says nothing of a variant, and may be replaced by a person's own."""

from pathlib import Path

import pytest

from findbench.harness.errors import UsageError
from findbench.harness.interpreters.prompts import OURS, Prompts


def test_a_person_may_replace_a_prompt_and_the_version_tells(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Be brief.")
    mine = Prompts(tmp_path)
    assert mine("system") == "Be brief."
    assert mine("probe_text") == Prompts()("probe_text")
    assert mine.version() != Prompts().version() == Prompts().version()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("sytsem.txt", "x", "replaces nothing"),
        ("system.txt", "$budget", "unknown placeholder"),
        ("system.txt", "5$ each", "lone"),
        ("readme.md", "x", "holds no .txt"),
    ],
)
def test_a_prompt_that_cannot_work_is_said_before_the_run(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=says):
        Prompts(tmp_path)
    with pytest.raises(UsageError, match="no directory"):
        Prompts(tmp_path / "none")


def test_values_are_not_looked_at_for_placeholders() -> None:
    filled = Prompts()("output", number=1, status="ok", queries=0, remaining=5, stdout="$budget ${x} $$")
    assert filled.endswith("$budget ${x} $$")


def test_every_prompt_file_is_used() -> None:
    source = "".join(path.read_text() for path in OURS.parent.glob("*.py"))
    stems = (
        "types_",
        "category_",
        "families_",
        "submit_",
        "submission_",
        "experiment_",
        "query_",
        "reminder_",
        "go_on_",
    )
    for path in OURS.glob("*.txt"):
        assert f'"{path.stem}"' in source or path.stem.startswith(stems), path.stem
