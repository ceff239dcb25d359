"""Suites: sizes, identity, files, errors, reproduction."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from findbench.functions.errors import SuiteError
from findbench.functions.suites.builtin import BUILTIN, load_suite
from findbench.functions.suites.make import make_suite
from findbench.functions.suites.suite import Suite

SIZES = {
    "find": {"numeric": 1000, "strings": 1000, "entities": 200, "relations": 75},
    "mini": {"numeric": 25, "strings": 25, "entities": 25, "relations": 25},
    "smoke": {"numeric": 4, "strings": 4, "entities": 4, "relations": 4},
}


@pytest.mark.parametrize("name", list(SIZES))
def test_built_in_suites_have_their_sizes(name: str) -> None:
    suite = load_suite(name)
    assert suite.counts == SIZES[name] == BUILTIN[name].counts
    assert len(suite) == sum(SIZES[name].values()) == len(list(suite))
    assert next(iter(suite)) == "numeric/0000"


@pytest.mark.parametrize("name", ["smoke", "mini"])
def test_making_a_built_in_suite_again_gives_the_bytes_that_ship(name: str) -> None:
    recipe = BUILTIN[name]
    made = make_suite(name, recipe.seed, recipe.counts)
    assert made.checksum == load_suite(name).checksum
    assert made.to_bytes() == load_suite(name).to_bytes()


def test_making_the_numeric_functions_of_find_again_gives_those_that_ship() -> None:
    made = make_suite("find", BUILTIN["find"].seed, {"numeric": 1000})
    shipped = load_suite("find").to_bytes().splitlines()[1:1001]
    assert made.to_bytes().splitlines()[1:] == shipped


def test_another_process_makes_the_same_suite() -> None:
    counts = {"numeric": 3, "strings": 3, "entities": 3, "relations": 3}
    code = f"from findbench.functions.suites.make import make_suite; print(make_suite('x', 77, {counts}).checksum)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == make_suite("y", 77, counts).checksum


def test_another_seed_makes_another_suite() -> None:
    assert make_suite("x", 1, {"numeric": 2}).checksum != make_suite("x", 2, {"numeric": 2}).checksum


def test_a_suite_is_built_on_demand_and_keeps_what_it_built() -> None:
    suite = load_suite("smoke")
    function = suite["numeric/0001"]
    assert function is suite["numeric/0001"]
    assert function.id == "numeric/0001"
    assert repr(function) == "<NumericFunction numeric/0001>"
    assert "numeric/0999" not in suite
    with pytest.raises(KeyError):
        suite["numeric/0999"]


@pytest.mark.parametrize("file_name", ["mine.suite", "mine.suite.gz"])
def test_a_saved_suite_loads_as_itself(tmp_path: Path, file_name: str) -> None:
    made = make_suite("mine", 5, {"numeric": 2})
    made.save(tmp_path / file_name)
    loaded = load_suite(tmp_path / file_name)
    assert (loaded.name, loaded.seed, loaded.version) == ("mine", 5, made.version)
    assert loaded.checksum == made.checksum
    assert [f.spec for f in loaded.values()] == [f.spec for f in made.values()]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b'"seed": 5', b'"seed": 6'),
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'{"id"', b'{"ID"', 1),
        lambda data: b"",
        lambda data: b"[]\n",
        lambda data: b"\x1f\x8bnonsense",
        lambda data: b'{"format": "findbench-suite-0"}\n',
        lambda data: gzip.compress(data)[:-9],
        lambda data: json.dumps({"format": "findbench-suite-1"}).encode(),
    ],
)
def test_a_damaged_file_gives_one_line(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "mine.suite"
    path.write_bytes(damage(make_suite("mine", 5, {"numeric": 2}).to_bytes()))
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_invalid_spec_is_reported_when_its_function_is_asked_for() -> None:
    suite = Suite("mine", 0, 1, {"numeric": ['{"terms":[{"atom":"nothing"}]}']})
    with pytest.raises(SuiteError, match=r"numeric/0000 is not a valid numeric function: .*unknown atom"):
        suite["numeric/0000"]


def test_an_unknown_suite_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="find, mini, smoke"):
        load_suite("fnid")
    with pytest.raises(SuiteError):
        load_suite(tmp_path)


@pytest.mark.parametrize(("seed", "counts"), [(-1, {"numeric": 1}), (1, {"numeric": -1}), (1, {})])
def test_impossible_requests_are_refused(seed: int, counts: dict[str, int]) -> None:
    with pytest.raises(SuiteError):
        make_suite("x", seed, counts)


def test_progress_adds_up_to_the_counts() -> None:
    done: dict[str, int] = {}
    make_suite(
        "x", 3, {"numeric": 3, "strings": 2}, lambda category, n: done.update({category: done.get(category, 0) + n})
    )
    assert done == {"numeric": 3, "strings": 2}
