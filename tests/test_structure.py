"""How the house is built: what may import what, how deep, and that no room knows the names of categories."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("functions", "harness", "sandbox_image")
MOST_DEEP = 9
"""Modules in the longest chain of imports: more, and a change at one end is felt by readers who are far away."""


def modules() -> dict[str, Path]:
    """Full name of every module of the package -> its file."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(["findbench", *(parts[:-1] if parts[-1] == "__init__" else parts)])] = path
    return found


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """What runs when a module is imported: no bodies of functions, nothing for type checkers alone."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from statements(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            yield from statements(node.body)
            yield from statements(getattr(node, "orelse", []))


def imports(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the package that the module `name` imports while it is imported itself."""
    found = set()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in statements(ast.parse(path.read_text()).body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in known}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, *([base] if base else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                found |= {full} if full in known else {base} & known.keys()
    return found - {name}


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    known = modules()
    return {name: imports(name, path, known) for name, path in known.items()}


def test_no_module_imports_itself_by_way_of_others(graph: dict[str, set[str]]) -> None:
    def reaches(name: str, seen: set[str]) -> set[str]:
        for other in graph[name] - seen:
            reaches(other, seen | {other}) if other == name else None
            seen.add(other)
            reaches(other, seen)
        return seen

    assert [name for name in graph if name in reaches(name, set())] == []


def test_the_longest_chain_of_imports_is_short(graph: dict[str, set[str]]) -> None:
    @cache
    def chain(name: str) -> tuple[str, ...]:
        return (name, *max((chain(other) for other in sorted(graph[name])), key=len, default=()))

    longest = max((chain(name) for name in graph), key=len)
    assert len(longest) <= MOST_DEEP, "\n".join(longest)


def test_data_flows_one_way(graph: dict[str, set[str]]) -> None:
    def rooms(folder: str) -> set[str]:
        return {
            other.split(".")[1]
            for name, others in graph.items()
            if name.startswith(f"findbench.{folder}")
            for other in others
        }

    assert rooms("functions") <= {"functions"}
    assert rooms("sandbox_image") <= {"sandbox_image"}


def test_the_schema_imports_nothing_heavy(graph: dict[str, set[str]]) -> None:
    allowed = {"findbench.harness.errors", *(name for name in graph if name.startswith("findbench.harness.schema"))}
    for name, others in graph.items():
        if name.startswith("findbench.harness.schema"):
            assert others <= allowed, name


def test_no_room_asks_which_category_a_function_is_of() -> None:
    """What differs between categories stands in each category's own package and in its entry of the table."""
    asking = []
    for path in (*(ROOT / "harness").rglob("*.py"), *(ROOT / "functions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and any(
                (isinstance(part, ast.Attribute) and part.attr == "category")
                or (isinstance(part, ast.Name) and part.id == "category")
                for part in (node.left, *node.comparators)
            ):
                against = [part for part in (node.left, *node.comparators) if isinstance(part, ast.Constant)]
                if against:
                    asking.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert asking == []
