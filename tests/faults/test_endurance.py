"""Episodes in a row leave nothing behind and nothing grows; `make test-endurance` is the long version."""

from __future__ import annotations

from pathlib import Path

from faults.endurance import Sample, endure, grew


def test_episodes_in_a_row_grow_nothing(tmp_path: Path) -> None:
    first, last = endure(20, 1, tmp_path / "run")
    assert (first.episodes, last.episodes) == (10, 30)
    assert grew(first, last) == [], (first, last)


def test_growth_is_noticed() -> None:
    first = Sample(10, 100.0, 20, 3, 1)
    assert grew(first, Sample(50, 107.9, 20, 3, 1)) == []
    assert grew(first, Sample(50, 108.1, 21, 4, 2)) == ["descriptors", "threads", "leftovers", "memory"]
