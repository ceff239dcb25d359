"""The fuzz targets hold for their corpus, and for a short coverage-guided run; `make fuzz RUNS=...` is the long one."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

HERE = Path(__file__).parent
TARGETS = sorted(path.stem for path in HERE.glob("fuzz_*.py"))
SHORT = 20_000


def has_atheris() -> bool:
    """What pyproject.toml says: where it should be there and is not, the test fails."""
    declared = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())
    development = map(Requirement, declared["project"]["optional-dependencies"]["dev"])
    (marker,) = (each.marker for each in development if each.name == "atheris")
    return marker is not None and marker.evaluate()


def test_every_target_is_in_the_makefile() -> None:
    (shares,) = re.findall(r"for share in ([\w: ]+); do", (HERE.parents[1] / "Makefile").read_text())
    parts = dict(share.split(":") for share in shares.split())
    assert sorted(f"fuzz_{name}" for name in parts) == TARGETS
    assert sum(map(int, parts.values())) == 10


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_breaks_no_invariant(target: str) -> None:
    module = importlib.import_module(target)
    seeds = module.seeds()
    assert len(set(seeds)) > 15
    for seed in [b"", *seeds, *(seed[: len(seed) // 2] for seed in seeds)]:
        module.one_input(seed)


@pytest.mark.skipif(not has_atheris(), reason="atheris has no wheel for this machine")
@pytest.mark.parametrize("target", TARGETS)
def test_a_short_fuzz_run_finds_nothing(target: str) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / f"{target}.py"), f"-runs={SHORT}", "-seed=1"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"stat::number_of_executed_units: {SHORT}" in done.stderr
    last = re.findall(r"DONE\s+cov: (\d+)", done.stderr)
    assert int(last[0]) > 20, "blind: the parsers were not instrumented"
