"""The registry of string operations: a decorated function is evaluation, description and reference code."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from types import CodeType

from findbench.functions.strings import primitives

Value = str | int
Parameters = Mapping[str, Value]


@dataclass(frozen=True)
class Branch:
    """One case that an operation tells apart, named as it ends the sentence "inputs that ..."."""

    name: str
    test: Callable[[str, Parameters], bool]
    """Whether a string falls into it."""
    make: Callable[[Random, Parameters], str]
    """A string that probably falls into it."""


@dataclass(frozen=True)
class Operation:
    """One operation on a string. Pure, and total: `run` takes any `str` and raises nothing."""

    name: str
    family: str
    run: Callable[..., str]
    """The string, then the parameters by keyword."""
    template: str
    """English, one or two imperative sentences, with `{parameter}` where a value belongs."""
    grids: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    """Parameter -> every value it can take."""
    branches: tuple[Branch, ...] = ()
    """The cases it tells apart; the first is the one in which it does something."""

    def describe(self, parameters: Parameters) -> str:
        """The English description with these parameters; texts are quoted."""
        quoted = {k: f'"{v}"' if isinstance(v, str) else v for k, v in parameters.items()}
        return self.template.format(**quoted)

    def settings(self) -> Iterator[dict[str, Value]]:
        """Every combination of parameters, `{}` alone when there are none."""
        for values in itertools.product(*self.grids.values()):
            yield dict(zip(self.grids, values, strict=True))


OPERATIONS: dict[str, Operation] = {}
"""Name -> operation, in order of registration. Import `findbench.functions.strings.operations` to have it filled."""


def operation(
    family: str, *branches: Branch, **grids: Sequence[Value]
) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register the decorated function: its docstring is the description, its source the reference code.

    `branches`: what to test it on, the case in which it does something first; `grids`: a parameter's possible values.
    The body may use nothing but built-ins and `findbench.functions.strings.primitives`. Raises `ValueError` for
    a second operation of the same name or a missing docstring.
    """

    def register(run: Callable[..., str]) -> Callable[..., str]:
        name, template = run.__name__, inspect.getdoc(run)
        if name in OPERATIONS or not template:
            raise ValueError(f"operation {name}: a name of its own and a docstring are needed")
        values = {key: tuple(grid) for key, grid in grids.items()}
        OPERATIONS[name] = Operation(name, family, run, " ".join(template.split()), values, branches)
        return run

    return register


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


@cache
def _source(function: Callable[..., object]) -> str:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    tree.body = tree.body[1:]  # the docstring
    return ast.unparse(tree)


def _needs(function: Callable[..., object]) -> list[str]:
    """Names of the primitives that the function uses, directly or not, in order of definition."""
    found: set[str] = set()
    waiting = [function]
    while waiting:
        for name in _names(waiting.pop().__code__) - found:
            if name in vars(primitives):
                found.add(name)
                if callable(value := vars(primitives)[name]):
                    waiting.append(value)
    return [name for name in vars(primitives) if name in found]


def reference_code(steps: Sequence[tuple[Operation, Parameters]]) -> str:
    """Python that defines `predict(x: str) -> str`: the steps one after the other. Uses nothing but built-ins."""
    parts: dict[str, str] = {}
    for used, _ in steps:
        for name in _needs(used.run):
            value = vars(primitives)[name]
            parts[name] = _source(value) if callable(value) else f"{name} = {value!r}"
        parts[used.name] = _source(used.run)
    lines = []
    for used, parameters in steps:
        arguments = "".join(f", {key}={value!r}" for key, value in parameters.items())
        lines.append(f"    x = {used.name}(x{arguments})\n")
    return "\n\n".join([*parts.values(), f"def predict(x):\n{''.join(lines)}    return x"]) + "\n"
